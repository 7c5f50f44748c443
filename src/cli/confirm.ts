/** Questions to the person at the terminal; never a prompt where nobody sits. */
import { readSync } from 'node:fs';
import { isatty } from 'node:tty';
import { writeOut } from './output.ts';

const maxAnswerBytes = 64;

/** undefined: descriptor 0 is no terminal. `question` is escaped already. Whatever is not a yes is a no. */
export function confirm(question: string): boolean | undefined {
  const answer = ask(`${question} [y/N] `);
  return answer === undefined ? undefined : /^y(es)?$/.test(answer);
}

/** The same with more answers, each one letter: the one that was given, or `n`. The question names them. */
export function choose(question: string, letters: readonly string[]): string | undefined {
  const answer = ask(`${question} `);
  return answer === undefined ? undefined : (letters.find((letter) => letter === answer) ?? 'n');
}

function ask(question: string): string | undefined {
  if (!isatty(0)) return undefined;
  writeOut(2, question);
  const bytes = Buffer.alloc(maxAnswerBytes);
  let answer = '';
  // A terminal hands over one line at a time, a long one in parts; ^D is an empty one. What is left of a line must not answer the next question.
  for (;;) {
    const part = bytes.toString('latin1', 0, readSync(0, bytes));
    if (answer.length < maxAnswerBytes) answer += part;
    if (part === '' || part.endsWith('\n')) return answer.trim().toLowerCase();
  }
}
