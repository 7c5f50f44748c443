/** Questions to the person at the terminal; never a prompt where nobody sits. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
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
  const terminal = openTerminal();
  try {
    return readAnswer(terminal).trim().toLowerCase();
  } finally {
    if (terminal !== 0) closeSync(terminal);
  }
}

/** Node makes descriptor 0 non-blocking when something looks at its streams; it leaves a terminal that cannot be opened anew as it was. */
function openTerminal(): number {
  try {
    return openSync('/dev/fd/0', constants.O_RDONLY | constants.O_NOCTTY);
  } catch {
    return 0;
  }
}

/** A terminal hands over one line at a time, a long one in parts; ^D is an empty one. What is left of a line must not answer the next question. */
function readAnswer(terminal: number): string {
  const bytes = Buffer.alloc(maxAnswerBytes);
  for (let answer = ''; ; ) {
    const part = bytes.toString('latin1', 0, readSync(terminal, bytes));
    if (answer.length < maxAnswerBytes) answer += part;
    if (part === '' || part.endsWith('\n')) return answer;
  }
}
