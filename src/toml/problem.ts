/** What is wrong at which key, in words that show no value and no key that could be one. */
import type { KeyPath } from './key-lines.ts';

export interface Problem {
  readonly path: KeyPath;
  /** The other key of a contradiction. */
  readonly related?: KeyPath;
  /** Lower case, no full stop, no text of the file but keys that `quoteKey` let pass. */
  readonly rule: string;
}

/**
 * A person may paste a key or a password where a name belongs. Shown are only words of at most 15 letters, joined by dash or
 * underscore, and variables in capitals with such words; tokens and base32 or hex text do not look like that.
 */
const LOWER = /^[a-z]{1,15}(?:[_-][a-z]{1,15}){0,3}$/;
const UPPER = /^_?[A-Z][A-Z0-9]{0,14}(?:_[A-Z0-9]{1,15}){0,7}$/;
const maxShownCharacters = 48;

export const hiddenKey = 'a key';

/** The key in quotes, or `hiddenKey`. */
export function quoteKey(key: string): string {
  const isPlain = key.length <= maxShownCharacters && (LOWER.test(key) || UPPER.test(key));
  return isPlain ? `'${key}'` : hiddenKey;
}
