/** The parts of manual pages that come from the meta of verbs. */
import type { ArgumentMeta, CommandMeta, OptionMeta } from '../../../src/cli/command.ts';
import { describe } from '../../../src/cli/help-text.ts';
import { environmentVariables, files } from '../../../src/cli/surroundings.ts';
import { exitCodes } from '../../../src/core/exit-codes.ts';
import { escapeArgument, formatFlags, formatLiteral, formatTags, formatText, type Item } from './mdoc.ts';

export function formatSynopsis(meta: CommandMeta): string[] {
  return [
    '.Nm agentkeys',
    `.Cm ${escapeArgument(meta.name)}`,
    ...meta.options.map((option) => `.Op ${formatFlags(option.flags)}${option.isRepeatable ? ' ...' : ''}`),
    ...(meta.arguments.some(({ completes }) => completes === 'command') ? ['.Op Fl \\-'] : []),
    ...meta.arguments.map(formatArgument),
  ];
}

function formatArgument({ name, isOptional, isRepeatable }: ArgumentMeta): string {
  const word = `Ar ${escapeArgument(name)}${isRepeatable ? ' ...' : ''}`;
  return isOptional ? `.Op ${word}` : `.${word}`;
}

/** Arguments and options with what they mean. */
export function formatWordsOf(meta: CommandMeta, options: readonly OptionMeta[]): string[] {
  const items: Item[] = [
    ...meta.arguments.map((argument) => ({
      head: [`.It Ar ${escapeArgument(argument.name)}`],
      text: formatText(describe(argument)),
    })),
    ...options.map((option) => ({
      head: [`.It ${formatFlags(option.flags)}`],
      text: formatText(describe(option)),
    })),
  ];
  return formatTags(items);
}

/** A verb among others: how it is typed, what it does, its words, its notes. */
export function formatVerbItem(meta: CommandMeta): Item {
  const synopsis = formatSynopsis(meta).map((line) => line.slice(1));
  return {
    head: ['.It Xo', ...synopsis.map((line) => `.${line}`), '.Xc'],
    text: [
      ...formatText(meta.summary),
      ...formatWordsOf(meta, meta.options),
      ...(meta.notes ?? []).flatMap((note) => ['.Pp', ...formatText(note)]),
    ],
  };
}

export function formatExamples(metas: readonly CommandMeta[]): string[] {
  return metas.flatMap(({ examples }) =>
    examples.flatMap(({ line, does }, index) => [
      ...(index === 0 ? [] : ['.Pp']),
      ...formatText(`${does}:`),
      ...formatLiteral([line]),
    ]),
  );
}

export function formatEnvironment(): string[] {
  return formatTags(
    environmentVariables.map(({ name, does }) => ({ head: [`.It Ev ${name}`], text: formatText(does) })),
  );
}

export function formatFiles(): string[] {
  return formatTags(
    files.map(({ name, does }) => ({ head: [`.It Pa ${escapeArgument(name)}`], text: formatText(does) })),
  );
}

export function formatExitStatus(which: (code: number, meaning: string) => boolean): string[] {
  const rows = Object.values(exitCodes).filter(({ code, meaning }) => which(code, meaning));
  return formatTags(
    rows.map(({ code, meaning }) => ({
      head: [`.It ${code}`],
      text: formatText(meaning.replaceAll('`', '').replace(/^run: /, '')),
    })),
  );
}
