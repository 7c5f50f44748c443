/** One command line: find the verb, parse its words, run it, tell what went wrong. */
import { AgentKeysError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { CommandEntry, CommandMeta } from './command.ts';
import { type Machine, ToldElsewhere } from './machine.ts';
import { ReaderGone } from './output.ts';
import type { Parsed } from './parse.ts';
import { type ColourWish, createVoice, type Voice, type VoiceOptions } from './voice.ts';

/** A word further from every verb is no mistyped verb. */
const mostEdits = 2;

export interface MainOptions extends Pick<VoiceOptions, 'write' | 'isTerminal' | 'environment'> {
  /** Without the program's own names. */
  readonly words: readonly string[];
  readonly commands: readonly CommandEntry[];
  readonly createMachine: () => Machine;
}

/** The exit code. Never throws. */
export async function main(options: MainOptions): Promise<number> {
  const voice = createVoice({ ...options, ...findWishes(options.words) });
  try {
    return await runWords(options, voice);
  } catch (error) {
    if (error instanceof ToldElsewhere) return error.exitCode;
    return tellQuietly(voice, error);
  }
}

/** A reader that has gone is not told anything; that its error goes nowhere is right. */
function tellQuietly(voice: Voice, error: unknown): number {
  if (error instanceof ReaderGone) return exitCodes.general.code;
  try {
    return voice.tell(error);
  } catch {
    return exitCodes.general.code;
  }
}

async function runWords({ words, commands, createMachine }: MainOptions, voice: Voice): Promise<number> {
  const { entry, rest } = await findCommand(words, commands);
  const { meta, run } = await entry.load();
  const { arguments: given, options, wantsHelp } = await parseWords(meta, rest);
  if (!wantsHelp) return await run({ arguments: given, options, voice, machine: createMachine(), commands });
  const { formatCommandHelp } = await import('./help-text.ts');
  voice.say(formatCommandHelp(meta, voice));
  return exitCodes.ok.code;
}

/** A bare verb needs no parser, and loading one takes as long as the rest of the start. */
async function parseWords(meta: CommandMeta, words: readonly string[]): Promise<Parsed> {
  const needsWords = meta.arguments.some(({ isOptional }) => !isOptional);
  if (words.length === 0 && !needsWords) return { arguments: [], options: {}, wantsHelp: false };
  const { parseCommandLine } = await import('./parse.ts');
  return parseCommandLine(meta, words);
}

/** Two words before one. No word at all, or a flag of the program itself, asks for help or version. */
async function findCommand(
  words: readonly string[],
  commands: readonly CommandEntry[],
): Promise<{ entry: CommandEntry; rest: readonly string[] }> {
  const first = words[0] ?? 'help';
  const verb = { '--help': 'help', '-h': 'help', '--version': 'version', '-V': 'version' }[first] ?? first;
  for (const length of [2, 1]) {
    const name = [verb, ...words.slice(1, length)].join(' ');
    const entry = commands.find((candidate) => candidate.name === name);
    if (entry !== undefined) return { entry, rest: words.slice(length) };
  }
  throw new AgentKeysError('USAGE', {
    rule: await describeUnknown(
      verb,
      commands.map(({ name }) => name),
    ),
  });
}

async function describeUnknown(verb: string, names: readonly string[]): Promise<string> {
  const parts = names
    .filter((name) => name.startsWith(`${verb} `))
    .map((name) => name.slice(verb.length + 1));
  if (parts.length > 0) return `${verb} needs one of: ${parts.join(', ')}`;
  const { findNearest } = await import('../core/nearest.ts');
  const nearest = findNearest(verb, names, Math.min(mostEdits, Math.floor(verb.length / 2)));
  return nearest === undefined ? 'there is no such verb' : `there is no such verb; did you mean ${nearest}?`;
}

/** Looked for before anything is parsed, since a parse error is told by them as well. */
function findWishes(words: readonly string[]): { readonly colour: ColourWish; readonly isJson: boolean } {
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  const at = own.findIndex((word) => word === '--color' || word.startsWith('--color='));
  const wish = own[at]?.split('=')[1] ?? own[at + 1];
  return {
    colour: at >= 0 && (wish === 'always' || wish === 'never') ? wish : 'auto',
    isJson: own.includes('--json'),
  };
}
