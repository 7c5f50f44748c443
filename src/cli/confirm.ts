/** A question to the person at the terminal; never a prompt where nobody sits. */
import { readSync } from 'node:fs';
import { isatty } from 'node:tty';
import { writeOut } from './output.ts';

const maxAnswerBytes = 64;

/** undefined: descriptor 0 is no terminal. `question` is escaped already. Whatever is not a yes is a no. */
export function confirm(question: string): boolean | undefined {
  if (!isatty(0)) return undefined;
  writeOut(2, `${question} [y/N] `);
  const bytes = Buffer.alloc(maxAnswerBytes);
  // A terminal hands over one line at a time; ^D is an empty one.
  const length = readSync(0, bytes);
  return /^y(es)?$/i.test(bytes.toString('latin1', 0, length).trim());
}
