/** Help, made from the meta of commands. */
import { exitCodes } from '../core/exit-codes.ts';
import { type CommandMeta, globalOptions, type OptionMeta, type VerbGroup, verbGroups } from './command.ts';
import { environmentVariables, files, type Surrounding } from './surroundings.ts';
import { formatLines, formatPairs, formatWords } from './text-layout.ts';
import type { Voice } from './voice.ts';

type Bold = Pick<Voice, 'bold'>;

/** Help of one command: what it does, how that is typed, and only then all of its words. */
export function formatCommandHelp(meta: CommandMeta, voice: Bold): string {
  const options = [...meta.options, ...globalOptions];
  return joinSections(meta.summary, [
    section(voice, 'examples', formatExamples([meta])),
    section(voice, 'usage', formatWords(listUsage(meta))),
    section(voice, 'arguments', formatPairs(meta.arguments.map((one) => [one.name, describe(one)]))),
    section(voice, 'options', formatPairs(options.map((option) => [option.flags, describe(option)]))),
    section(voice, 'exit codes', formatPairs(listExits(meta))),
    section(voice, 'notes', formatLines(meta.notes ?? [])),
  ]);
}

/** Help of a verb with parts: each part, and how it is typed. */
export function formatPartsHelp(verb: string, metas: readonly CommandMeta[], voice: Bold): string {
  return joinSections(`agentkeys ${verb} has ${metas.length} parts`, [
    section(voice, 'examples', formatExamples(metas)),
    section(
      voice,
      'usage',
      metas.flatMap((meta) => formatWords(listUsage(meta))),
    ),
    section(voice, 'parts', formatPairs(metas.map(({ name, summary }) => [name, summary]))),
    section(voice, 'help', formatLines([`agentkeys help ${verb} PART shows the options of a part`])),
  ]);
}

/** Help of the whole program. */
export function formatOverview(metas: readonly CommandMeta[], voice: Bold): string {
  const groups = groupVerbs(metas).map(([group, members]) =>
    section(voice, verbGroups[group], formatPairs(members.map(({ name, summary }) => [name, summary]))),
  );
  const codes = Object.values(exitCodes).map(
    ({ code, meaning }) => [String(code), meaning.replaceAll('`', '')] as const,
  );
  return joinSections('agentkeys launches agents with injected credentials, and writes down every use', [
    section(
      voice,
      'examples',
      formatLines([
        'agentkeys init',
        'agentkeys store openai',
        'agentkeys run --with openai -- python agent.py',
      ]),
    ),
    section(voice, 'usage', formatLines(['agentkeys VERB [flags]'])),
    ...groups,
    section(
      voice,
      'help',
      formatPairs([
        ['agentkeys help VERB', 'examples and options of a verb; also: agentkeys VERB --help'],
        ['man agentkeys', 'the manual; also: man agentkeys-run, agentkeys.toml, agentkeysd'],
      ]),
    ),
    section(voice, 'files', formatPairs(files.map(toPair))),
    section(
      voice,
      'environment',
      formatPairs(environmentVariables.filter(({ isBrief }) => isBrief).map(toPair)),
    ),
    section(voice, 'exit codes; run ends as its agent ended', formatPairs(codes)),
  ]);
}

/** Metas by group: groups in their order, verbs in that of the registry. */
export function groupVerbs(metas: readonly CommandMeta[]): [VerbGroup, CommandMeta[]][] {
  const members = new Map<VerbGroup, CommandMeta[]>();
  let current: VerbGroup = 'launch';
  for (const meta of metas) {
    current = meta.group ?? current;
    members.set(current, [...(members.get(current) ?? []), meta]);
  }
  const order = Object.keys(verbGroups) as VerbGroup[];
  return order.flatMap((group) => {
    const found = members.get(group);
    return found === undefined ? [] : [[group, found] as [VerbGroup, CommandMeta[]]];
  });
}

/** `agentkeys read [--unsafe-stdout] SERVICE`, in parts between which a line may end. */
export function listUsage(meta: CommandMeta): string[] {
  const options = meta.options.map(
    ({ flags, isRepeatable }) => `[${flags.replace(/^-\w, /, '')}]${isRepeatable ? '…' : ''}`,
  );
  const words = meta.arguments.map(({ name, isOptional, isRepeatable }) => {
    const word = isRepeatable ? `${name}…` : name;
    return isOptional ? `[${word}]` : word;
  });
  // What follows belongs to another program.
  const separator = meta.arguments.some(({ completes }) => completes === 'command') ? ['[--]'] : [];
  return [`agentkeys ${meta.name}`, ...options, ...separator, ...words];
}

/** Summary, choices and repetition of an option or an argument. */
export function describe({
  summary,
  choices,
  isRepeatable,
}: Pick<OptionMeta, 'summary' | 'choices' | 'isRepeatable'>): string {
  const words = choices === undefined ? '' : `: ${choices.join(', ')}`;
  return `${summary}${words}${isRepeatable ? '; repeatable' : ''}`;
}

/** The exit codes that a verb is known for, beside 0, 1 and 2. */
export function listExits({ exits = [] }: CommandMeta): [string, string][] {
  return exits.map((name) => [
    String(exitCodes[name].code),
    exitCodes[name].meaning.replaceAll('`', '').replace(/^run: /, ''),
  ]);
}

function formatExamples(metas: readonly CommandMeta[]): string[] {
  return metas.flatMap(({ examples }) =>
    examples.flatMap(({ line, does }) => [`  ${line}`, ...formatLines([does]).map((text) => `    ${text}`)]),
  );
}

function toPair({ name, does }: Surrounding): readonly [string, string] {
  return [name, does];
}

function section(voice: Bold, title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [voice.bold(`${title}:`), ...lines].join('\n');
}

function joinSections(summary: string, sections: readonly string[]): string {
  return [summary, ...sections.filter((text) => text !== '')].join('\n\n');
}
