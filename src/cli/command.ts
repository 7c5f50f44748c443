/** The contract of a command: what it is called, what it takes, what it does. */
import type { Machine } from './machine.ts';
import type { Voice } from './voice.ts';

export interface ArgumentMeta {
  readonly name: string;
  readonly summary: string;
  /** Absent: it must be given. */
  readonly isOptional?: boolean;
}

export interface OptionMeta {
  /** As commander takes it: `-n, --count <n>`. */
  readonly flags: string;
  readonly summary: string;
}

/** Help, completion and docs/cli.md come from here. */
export interface CommandMeta {
  /** The verb; two words for a verb with parts. */
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentMeta[];
  readonly options: readonly OptionMeta[];
  /** Command lines that work as they stand, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** What help adds at the end. */
  readonly notes?: readonly string[];
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
export const globalOptions = [
  { flags: '--color <when>', summary: 'auto, always or never' },
  { flags: '-h, --help', summary: 'show this help' },
] as const;
