/** Descriptors 1 and 2 without Node's streams: those would make the caller's own pipes non-blocking. */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

const retryMs = 5;

/** The reader has gone, as `head` does: nothing more needs to be said. */
export class ReaderGone extends Error {}

/** Writes all of it. Throws `ReaderGone` when nobody reads any more. */
export function writeOut(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EAGAIN') waitMs(retryMs);
      else throw new ReaderGone('', { cause: error });
    }
  }
}

/** The caller may have made its pipe non-blocking; then this is the only way to wait without a stream. */
function waitMs(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

export function isTerminal(descriptor: 1 | 2): boolean {
  return isatty(descriptor);
}
