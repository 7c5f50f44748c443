/** The lines of a log, cut from its bytes with bounded memory. */
import type { FileHandle } from 'node:fs/promises';
import { maxLineBytes } from './canonical.ts';
import { readAt } from './owned-file.ts';

const NEWLINE = 0x0a;
/** What messages call it: a descriptor knows no path. */
export const logName = 'audit.jsonl';
const blockBytes = 256 * 1024;

/** A line as its bytes, one character each, without its newline. Longer than any record: only its beginning. */
export type OnLine = (line: string) => void;

/** Bytes go in as they come, whole lines come out. */
export class LineCutter {
  #rest = '';

  push(bytes: Buffer, onLine: OnLine): void {
    let start = 0;
    for (let stop = bytes.indexOf(NEWLINE); stop !== -1; stop = bytes.indexOf(NEWLINE, start)) {
      this.#hold(bytes, start, stop);
      const line = this.#rest;
      this.#rest = '';
      start = stop + 1;
      onLine(line);
    }
    this.#hold(bytes, start, bytes.length);
  }

  /** Forgets what has no newline yet. */
  reset(): void {
    this.#rest = '';
  }

  /** One byte more than a record can have: whoever reads the line sees that it is none. */
  #hold(bytes: Buffer, start: number, stop: number): void {
    const room = maxLineBytes + 1 - this.#rest.length;
    this.#rest += bytes.toString('latin1', start, Math.min(stop, start + room));
  }
}

/** From `position` to the end of the file: where that was. Errors: `AUDIT_UNAVAILABLE`, and what `onLine` throws. */
export async function readLines(
  handle: FileHandle,
  cutter: LineCutter,
  position: number,
  onLine: OnLine,
): Promise<number> {
  const block = Buffer.allocUnsafe(blockBytes);
  for (let at = position; ; ) {
    const bytesRead = await readAt(handle, logName, { into: block, position: at });
    if (bytesRead === 0) return at;
    at += bytesRead;
    cutter.push(block.subarray(0, bytesRead), onLine);
  }
}

/** ATTACK: a line that was put into the file by hand must not drive the reader's terminal. Records pass unchanged. */
export function escapeUnprintable(line: string): string {
  return line.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
