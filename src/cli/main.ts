/** One command line: find the verb, parse its words, run it, tell what went wrong. */
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { CommandEntry, CommandMeta } from './command.ts';
import { type Machine, ToldElsewhere } from './machine.ts';
import { ReaderGone } from './output.ts';
import type { Parsed } from './parse.ts';
import { findProgramFlags, type ProgramFlags } from './program-flags.ts';
import { createVoice, type Voice, type VoiceOptions } from './voice.ts';

export interface MainOptions extends Pick<VoiceOptions, 'write' | 'isTerminal' | 'environment'> {
  /** Without the program's own names. */
  readonly words: readonly string[];
  readonly commands: readonly CommandEntry[];
  readonly createMachine: (options: { readonly isJson: boolean }) => Machine;
}

/** The exit code. Never throws. */
export async function main(options: MainOptions): Promise<number> {
  const flags = findProgramFlags(options.words);
  const voice = createVoice({ ...options, ...flags });
  try {
    return await runWords(options, flags, voice);
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

async function runWords(options: MainOptions, flags: ProgramFlags, voice: Voice): Promise<number> {
  const { commands } = options;
  const { entry, rest } = await findCommand(flags, commands);
  const { meta, run } = await entry.load();
  try {
    const { arguments: given, options: chosen, wantsHelp } = await parseWords(meta, rest);
    if (!wantsHelp) {
      const machine = options.createMachine(flags);
      return await run({ arguments: given, options: chosen, voice, machine, commands });
    }
  } catch (error) {
    throw nameVerb(error, meta);
  }
  const { formatCommandHelp } = await import('./help-text.ts');
  voice.say(formatCommandHelp(meta, voice));
  return exitCodes.ok.code;
}

/** The hint of a wrong command line leads to the help of its verb. */
function nameVerb(error: unknown, { name }: CommandMeta): unknown {
  if (!isAgentKeysError(error) || error.code !== 'USAGE' || error.context.rule === undefined) return error;
  // Whoever asked for the help of no verb wants the list of them.
  if (name === 'help') return error;
  return new AgentKeysError('USAGE', { verb: name, ...error.context }, error.cause);
}

/** Words without a flag need no parser, and loading one takes as long as the rest of the start. */
async function parseWords(meta: CommandMeta, words: readonly string[]): Promise<Parsed> {
  if (areArguments(meta, words)) return { arguments: words, options: {}, wantsHelp: false };
  const { parseCommandLine } = await import('./parse.ts');
  return parseCommandLine(meta, words);
}

/** Whether these are just the arguments of the verb: no flag, none too few or too many, each among its choices. */
function areArguments({ arguments: known }: CommandMeta, words: readonly string[]): boolean {
  if (known.some(({ isOptional }, index) => !isOptional && index >= words.length)) return false;
  return words.every((word, index) => {
    const last = known.at(-1);
    const argument = known[index] ?? (last?.isRepeatable ? last : undefined);
    return argument !== undefined && !word.startsWith('-') && (argument.choices?.includes(word) ?? true);
  });
}

/** Two words before one. No word at all, or a flag of the program itself, asks for help or version. */
async function findCommand(
  { verbFirst, wantsHelp }: ProgramFlags,
  commands: readonly CommandEntry[],
): Promise<{ entry: CommandEntry; rest: readonly string[] }> {
  const first = verbFirst[0] ?? 'help';
  const verb = { '--help': 'help', '-h': 'help', '--version': 'version', '-V': 'version' }[first] ?? first;
  for (const length of [2, 1]) {
    const name = [verb, ...verbFirst.slice(1, length)].join(' ');
    const entry = commands.find((candidate) => candidate.name === name);
    if (entry !== undefined) return { entry, rest: verbFirst.slice(length) };
  }
  const parts = commands.some(({ name }) => name.startsWith(`${verb} `));
  const help = commands.find(({ name }) => name === 'help');
  if (parts && wantsHelp && help !== undefined) return { entry: help, rest: [verb] };
  const { describeUnknownVerb } = await import('./near-verb.ts');
  const names = commands.map(({ name }) => name);
  const rule = describeUnknownVerb([verb, ...verbFirst.slice(1, 2)], names);
  throw new AgentKeysError('USAGE', parts ? { rule, verb } : { rule });
}
