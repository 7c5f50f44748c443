/** What the three shells complete, out of the meta of every verb. */
import {
  type ArgumentMeta,
  type CommandMeta,
  type CompletionKind,
  globalOptions,
  type OptionMeta,
} from '../command.ts';

export interface CompletedOption {
  /** `-p` and `--profile`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Absent: it takes no value. */
  readonly value?: CompletedWord;
}

/** A place where one word stands: some of `choices`, or what `kind` says; with neither nothing is offered. */
export interface CompletedWord {
  readonly label: string;
  readonly choices?: readonly string[];
  readonly kind?: CompletionKind;
  readonly isRepeatable: boolean;
}

export interface CompletedVerb {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly words: readonly CompletedWord[];
  /** What follows belongs to another program, and is completed as that program's. */
  readonly isWrapper: boolean;
}

export interface CompletionModel {
  readonly verbs: readonly CompletedVerb[];
  /** The words that may stand first, each with what it does. */
  readonly firstWords: readonly (readonly [string, string])[];
  /** First word → its parts. */
  readonly parts: ReadonlyMap<string, readonly (readonly [string, string])[]>;
}

export function createCompletionModel(metas: readonly CommandMeta[]): CompletionModel {
  const parts = new Map<string, (readonly [string, string])[]>();
  const firstWords = new Map<string, string>();
  for (const { name, summary } of metas) {
    const [first = '', part] = name.split(' ');
    if (part === undefined) firstWords.set(first, summary);
    else {
      parts.set(first, [...(parts.get(first) ?? []), [part, summary]]);
      firstWords.set(first, (parts.get(first) ?? []).map(([word]) => word).join(', '));
    }
  }
  const verbNames = [...firstWords.keys()];
  return { verbs: metas.map((meta) => toVerb(meta, verbNames)), firstWords: [...firstWords], parts };
}

function toVerb(meta: CommandMeta, verbNames: readonly string[]): CompletedVerb {
  return {
    name: meta.name,
    summary: meta.summary,
    options: [...meta.options, ...globalOptions].map(toOption),
    words: meta.arguments.map((argument) => toWord(argument, argument.name, verbNames)),
    isWrapper: meta.arguments.some(({ completes }) => completes === 'command'),
  };
}

function toOption(option: OptionMeta): CompletedOption {
  const names = option.flags.match(/(?<![\w-])--?[A-Za-z][\w-]*/g) ?? [];
  const label = /<([^>]+)>/.exec(option.flags)?.[1];
  const base = { names, summary: option.summary };
  return label === undefined ? base : { ...base, value: toWord(option, label, []) };
}

function toWord(
  { choices, completes, isRepeatable = false }: Pick<ArgumentMeta, 'choices' | 'completes' | 'isRepeatable'>,
  label: string,
  verbNames: readonly string[],
): CompletedWord {
  if (completes === 'verb') return { label, choices: verbNames, isRepeatable };
  if (choices !== undefined) return { label, choices, isRepeatable };
  return completes === undefined ? { label, isRepeatable } : { label, kind: completes, isRepeatable };
}

/** One word for bash, zsh and fish alike. */
export function quote(text: string): string {
  return /^[\w.,/=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
