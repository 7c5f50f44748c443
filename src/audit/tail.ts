/** The last records as they stand in the file, read from its end. */
import type { FileHandle } from 'node:fs/promises';
import { escapeUnprintable, LineCutter, logName, readLines } from './lines.ts';
import { openLogForReading } from './open-log.ts';
import { readAt } from './owned-file.ts';

const BLOCK_BYTES = 64 * 1024;
const MAX_COUNT = 100_000;
const NEWLINE = 0x0a;

/**
 * The last `count` (at most 100,000) complete lines, oldest first, without their newlines. They are not verified, but safe
 * for a terminal: what no record can contain is shown escaped, and of a line that is longer than any record only the beginning.
 * Errors: `AUDIT_ABSENT`, `AUDIT_BROKEN` (the log is missing), `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`.
 */
export async function readAuditTail(options: {
  readonly directory: string;
  readonly count: number;
}): Promise<string[]> {
  const handle = await openLogForReading(options.directory);
  try {
    const count = Math.min(options.count, MAX_COUNT);
    const lines: string[] = [];
    await readLines(handle, new LineCutter(), await findLastLines(handle, count), (line) => lines.push(line));
    return count <= 0 ? [] : lines.slice(-count).map(escapeUnprintable);
  } finally {
    await handle.close();
  }
}

/**
 * Where the last `count` complete lines begin; for none of them, where the last one ends. Nothing that was looked at is kept: a line
 * that was put there by hand may be as long as the disk. Errors: `AUDIT_UNAVAILABLE`.
 */
export async function findLastLines(handle: FileHandle, count: number): Promise<number> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let newlines = 0;
  for (let end = (await handle.stat()).size; end > 0; end -= Math.min(BLOCK_BYTES, end)) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const into = block.subarray(0, end - start);
    const bytesRead = await readAt(handle, logName, { into, position: start });
    const bytes = block.subarray(0, bytesRead);
    for (let at = bytes.lastIndexOf(NEWLINE); at !== -1; at = bytes.subarray(0, at).lastIndexOf(NEWLINE)) {
      // One newline more than lines: the one that ends the line before them.
      if (newlines === count) return start + at + 1;
      newlines += 1;
    }
  }
  return 0;
}
