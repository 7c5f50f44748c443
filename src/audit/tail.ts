/** The last records as they stand in the file, read from its end. */
import type { FileHandle } from 'node:fs/promises';
import { escapeUnprintable } from './lines.ts';
import { openLogForReading } from './open-log.ts';

const BLOCK_BYTES = 64 * 1024;
const MAX_COUNT = 100_000;
const NEWLINE = 0x0a;

/**
 * The last `count` (at most 100,000) complete lines, oldest first, without their newlines. They are not verified, but safe
 * for a terminal: what no record can contain is shown escaped.
 * Errors: `AUDIT_ABSENT`, `AUDIT_BROKEN` (the log is missing), `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`.
 */
export async function readAuditTail(options: {
  readonly directory: string;
  readonly count: number;
}): Promise<string[]> {
  const handle = await openLogForReading(options.directory);
  try {
    return (await readLastLines(handle, Math.min(options.count, MAX_COUNT))).lines;
  } finally {
    await handle.close();
  }
}

/** `end`: the position behind the newline of the last complete line. Throws what the file throws. */
export async function readLastLines(
  handle: FileHandle,
  count: number,
): Promise<{ readonly lines: string[]; readonly end: number }> {
  let start = (await handle.stat()).size;
  let newlines = 0;
  const blocks: Buffer[] = [];
  // One newline more than lines: the one that ends the line before them.
  while (start > 0 && newlines <= count) {
    const length = Math.min(BLOCK_BYTES, start);
    start -= length;
    const block = Buffer.alloc(length);
    const { bytesRead } = await handle.read(block, 0, length, start);
    for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) newlines += 1;
    blocks.unshift(block.subarray(0, bytesRead));
  }
  const bytes = Buffer.concat(blocks);
  const complete = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
  const lines = complete.toString('latin1').split('\n').slice(0, -1);
  return {
    lines: count <= 0 ? [] : lines.slice(-count).map(escapeUnprintable),
    end: start + complete.length,
  };
}
