/** Help, made from a command's meta. */
import { type CommandMeta, globalOptions, type OptionMeta } from './command.ts';
import type { Voice } from './voice.ts';

/** Help of one command. */
export function formatCommandHelp(meta: CommandMeta, voice: Pick<Voice, 'bold'>): string {
  const options = [...meta.options, ...globalOptions];
  const sections = [
    `${meta.summary}`,
    section('usage', [formatUsage(meta)]),
    section(
      'examples',
      meta.examples.flatMap(({ line, does }) => [line, `    ${does}`]),
    ),
    section('arguments', table(meta.arguments.map(({ name, summary }) => [name, summary]))),
    section('options', table(options.map((option) => [option.flags, formatOption(option)]))),
    section('notes', meta.notes ?? []),
  ];
  return sections.filter((text) => text !== '').join('\n\n');

  function section(title: string, lines: readonly string[]): string {
    return lines.length === 0
      ? ''
      : [voice.bold(`${title}:`), ...lines.map((line) => `  ${line}`)].join('\n');
  }
}

/** Help of the whole program: one line a verb. */
export function formatOverview(metas: readonly CommandMeta[], voice: Pick<Voice, 'bold'>): string {
  return [
    'agentkeys launches agents with injected credentials, and writes down every use',
    '',
    voice.bold('usage:'),
    '  agentkeys VERB [flags]',
    '',
    voice.bold('verbs:'),
    ...table(metas.map(({ name, summary }) => [name, summary])).map((line) => `  ${line}`),
    '',
    'agentkeys help VERB shows the options and examples of a verb',
  ].join('\n');
}

function formatUsage(meta: CommandMeta): string {
  const options = meta.options.map(({ flags }) => `[${flags.replace(/^-\w, /, '')}]`);
  const words = meta.arguments.map(({ name, isOptional }) => (isOptional ? `[${name}]` : name));
  return ['agentkeys', meta.name, ...options, ...words].join(' ');
}

function formatOption({ summary, choices, isRepeatable }: OptionMeta): string {
  const words = choices === undefined ? '' : `: ${choices.join(', ')}`;
  return `${summary}${words}${isRepeatable ? '; repeatable' : ''}`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}
