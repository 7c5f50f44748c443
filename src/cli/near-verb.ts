/** What is said of a verb that does not exist. Nothing that was typed is repeated: it may be a value. */
import { findNearest } from '../core/nearest.ts';

/** A word further from every verb is no mistyped verb. */
const mostEdits = 2;

/** `words`: the verb, and what was typed after it. */
export function describeUnknownVerb(words: readonly string[], names: readonly string[]): string {
  const [verb = '', part] = words;
  if (verb.startsWith('-')) return 'only --color, --json, --help and --version may stand before the verb';
  const parts = names
    .filter((name) => name.startsWith(`${verb} `))
    .map((name) => name.slice(verb.length + 1));
  if (parts.length > 0) {
    const nearest = part === undefined ? undefined : nearestTo(part, parts);
    return nearest === undefined
      ? `${verb} needs one of: ${parts.join(', ')}`
      : `${verb} has no such part; did you mean ${verb} ${nearest}?`;
  }
  const nearest = nearestTo(verb, [...names, ...names.map((name) => name.split(' ')[0] ?? '')]);
  return nearest === undefined ? 'there is no such verb' : `there is no such verb; did you mean ${nearest}?`;
}

function nearestTo(word: string, known: readonly string[]): string | undefined {
  return findNearest(word, known, Math.min(mostEdits, Math.floor(word.length / 2)));
}
