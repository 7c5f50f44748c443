/** The flags that are looked for before anything is parsed: a mistake is told by them as well. */
import type { ColourWish } from './voice.ts';

export interface ProgramFlags {
  readonly colour: ColourWish;
  readonly isJson: boolean;
  readonly wantsHelp: boolean;
  /** The words with flags that stood before the verb moved behind it. */
  readonly verbFirst: readonly string[];
}

export function findProgramFlags(words: readonly string[]): ProgramFlags {
  const end = words.indexOf('--');
  // What follows `--` are arguments, whatever they look like.
  const own = end < 0 ? words : words.slice(0, end);
  const leading = countLeading(own);
  return {
    colour: findColour(own),
    isJson: own.includes('--json'),
    wantsHelp: own.includes('--help') || own.includes('-h'),
    verbFirst: moveBehindVerb(words, leading),
  };
}

/** How many words of the program's own flags stand at the beginning. */
function countLeading(words: readonly string[]): number {
  let count = 0;
  for (;;) {
    const word = words[count];
    if (word === '--json' || word?.startsWith('--color=')) count += 1;
    else if (word === '--color' && count + 1 < words.length) count += 2;
    else return count;
  }
}

/** Behind all words that could be a verb's: `--json audit tail` is `audit tail --json`. */
function moveBehindVerb(words: readonly string[], leading: number): readonly string[] {
  const rest = words.slice(leading);
  if (leading === 0) return words;
  if (rest.length === 0) return ['help', ...words];
  const found = rest.findIndex((word) => word.startsWith('-'));
  // A flag such as --version stands for a verb.
  const verbLength = found === 0 ? 1 : found < 0 ? rest.length : found;
  return [...rest.slice(0, verbLength), ...words.slice(0, leading), ...rest.slice(verbLength)];
}

function findColour(words: readonly string[]): ColourWish {
  const at = words.findIndex((word) => word === '--color' || word.startsWith('--color='));
  if (at < 0) return 'auto';
  const wish = words[at] === '--color' ? words[at + 1] : words[at]?.slice('--color='.length);
  return wish === 'always' || wish === 'never' ? wish : 'auto';
}
