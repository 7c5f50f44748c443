/** The last records as they stand in the file, read from its end. */
import type { FileHandle } from 'node:fs/promises';
import { findOwnedFile, openOwnedDirectory } from './owned-file.ts';
import { auditPaths } from './store.ts';

const BLOCK_BYTES = 64 * 1024;
const MAX_COUNT = 100_000;
const NEWLINE = 0x0a;

/**
 * The last `count` (at most 100,000) complete lines, oldest first, without their newlines. They are not verified, but safe
 * for a terminal: what no record can contain is shown escaped. Empty if there is no log yet.
 * Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`.
 */
export async function readAuditTail(options: {
  readonly directory: string;
  readonly count: number;
}): Promise<string[]> {
  await (await openOwnedDirectory(options.directory, 'read')).close();
  const handle = await findOwnedFile(auditPaths(options.directory).log, 'read');
  if (handle === undefined) return [];
  try {
    return await readLastLines(handle, Math.min(options.count, MAX_COUNT));
  } finally {
    await handle.close();
  }
}

async function readLastLines(handle: FileHandle, count: number): Promise<string[]> {
  if (count <= 0) return [];
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
  const lines = Buffer.concat(blocks).toString('latin1').split('\n');
  // What follows the last newline is empty, or a line that is not complete.
  return lines.slice(0, -1).slice(-count).map(escapeUnprintable);
}

/** ATTACK: a line that was put into the file by hand must not drive the reader's terminal. Records pass unchanged. */
function escapeUnprintable(line: string): string {
  return line.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
