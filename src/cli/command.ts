/** The contract of a command: what it is called, what it takes, what it does. */
import type { ExitName } from '../core/exit-codes.ts';
import type { Machine } from './machine.ts';
import type { Voice } from './voice.ts';

/** What a shell completes a word with. `service` and `profile` come from files, never from a daemon. */
export type CompletionKind =
  | 'agent'
  | 'command'
  | 'directory'
  | 'file'
  | 'profile'
  | 'service'
  | 'session'
  | 'verb';

export interface ArgumentMeta {
  readonly name: string;
  readonly summary: string;
  /** Absent: it must be given. */
  readonly isOptional?: boolean;
  /** Takes every word that is left; only the last argument can. */
  readonly isRepeatable?: boolean;
  /** The words that it takes; anything else is refused. */
  readonly choices?: readonly string[];
  readonly completes?: CompletionKind;
}

export interface OptionMeta {
  /** As commander takes it: `-n, --count <n>`. */
  readonly flags: string;
  readonly summary: string;
  /** May be given more than once: the command then gets an array. */
  readonly isRepeatable?: boolean;
  /** The words that it takes; anything else is refused. */
  readonly choices?: readonly string[];
  /** Of the option's value. */
  readonly completes?: CompletionKind;
}

/** How the overview groups verbs, in its order. */
export const verbGroups = {
  launch: 'launch agents',
  credentials: 'credentials',
  profiles: 'profiles',
  record: 'the record',
  daemon: 'the daemon',
  program: 'this program',
} as const;

export type VerbGroup = keyof typeof verbGroups;

/** Help, completion, man pages, docs/cli.md and the client's option table come from here. */
export interface CommandMeta {
  /** The verb; two words for a verb with parts. */
  readonly name: string;
  /** Absent: that of the verb before it in the registry. */
  readonly group?: VerbGroup;
  readonly summary: string;
  readonly arguments: readonly ArgumentMeta[];
  readonly options: readonly OptionMeta[];
  /** Command lines that work as they stand, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** What help adds at the end. */
  readonly notes?: readonly string[];
  /** What is added when more was typed than the verb takes. */
  readonly onExcess?: string;
  /** Exit codes beside 0, 1 and 2 that this verb is known for. */
  readonly exits?: readonly ExitName[];
}

export interface Invocation {
  readonly arguments: readonly string[];
  /** By commander's names: `--unsafe-stdout` is `unsafeStdout`. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly voice: Voice;
  readonly machine: Machine;
  /** For help. */
  readonly commands: readonly CommandEntry[];
}

export interface Command {
  readonly meta: CommandMeta;
  /** The exit code; what it throws is told and gives the exit code of its error. */
  readonly run: (invocation: Invocation) => Promise<number>;
}

/** A row of the registry: loaded when it is asked for, since loading costs more than most commands. */
export interface CommandEntry {
  readonly name: string;
  readonly load: () => Promise<Command>;
}

/** Shown by every command that lists. */
export const jsonOption: OptionMeta = { flags: '--json', summary: 'print JSON instead of text' };

/** What every command takes. */
export const globalOptions: readonly OptionMeta[] = [
  { flags: '--color <when>', summary: 'colour what is shown', choices: ['auto', 'always', 'never'] },
  { flags: '-h, --help', summary: 'show this help' },
];
