/** Finds where the chain goes on after a stop, a crash or a failed write, and cuts off what was never acknowledged. */
import { AgentKeysError } from '../core/errors.ts';
import { type AuditFile, writeFully } from './audit-file.ts';
import { maxLineBytes } from './canonical.ts';
import { type ChainPosition, chainStart, checkLine, type VerifyKeys } from './chain.ts';
import { type Head, headRules } from './head.ts';
import { scanChain, scanRules } from './scan.ts';

export interface Recovered {
  readonly end: ChainPosition;
  /** A torn last line was cut off. */
  readonly wasTorn: boolean;
}

/** The position to trust when a daemon starts: the head's, else the start of the log. Errors: `AUDIT_BROKEN`. */
export function requireTrustedStart(head: Head, path: string): ChainPosition {
  if (head.kind === 'known') return head.position;
  if (head.kind === 'malformed') throw broken(path, 1, headRules.malformed);
  return chainStart;
}

/**
 * A power cut may empty the head, and the very first start may end before it is made; a head that is missing for any
 * other reason was taken away. Errors: `AUDIT_BROKEN`.
 */
export function requireHeadFor(head: Head, end: ChainPosition, path: string): void {
  if (head.kind === 'absent' && end.seq > 1) throw broken(path, end.seq, headRules.absent);
}

/**
 * Checks the record at `trusted` and every one behind it, and cuts a torn last line off.
 * Errors: `AUDIT_BROKEN`. Throws what the file throws.
 */
export async function recoverChain(
  file: AuditFile,
  keys: VerifyKeys,
  trusted: ChainPosition,
  path: string,
): Promise<Recovered> {
  await requireRecordAt(file, keys, trusted, path);
  const found = await scanChain({ source: file, keys, from: trusted });
  if (found.kind === 'broken') throw broken(path, found.seq, found.rule);
  if (found.tornBytes > 0) {
    await file.truncate(found.end.bytes);
    await file.datasync();
  }
  return { end: found.end, wasTorn: found.tornBytes > 0 };
}

/**
 * Writes the bytes between the two positions once more and syncs them. After a failed sync the kernel may hold them as
 * clean although the disk never got them, and would report success for a second sync without having written anything.
 * Throws what the file throws.
 */
export async function rewriteTail(
  file: AuditFile,
  durable: ChainPosition,
  end: ChainPosition,
): Promise<void> {
  const bytes = Buffer.alloc(end.bytes - durable.bytes);
  let held = 0;
  while (held < bytes.length) {
    const count = await file.read(bytes.subarray(held), durable.bytes + held);
    if (count === 0) throw new Error('the log became shorter');
    held += count;
  }
  await writeFully(file, bytes, durable.bytes);
  await file.datasync();
}

async function requireRecordAt(
  file: AuditFile,
  keys: VerifyKeys,
  at: ChainPosition,
  path: string,
): Promise<void> {
  if (at.seq === 0) return;
  const window = Buffer.alloc(Math.min(at.bytes, maxLineBytes + 2));
  let held = 0;
  while (held < window.length) {
    const count = await file.read(window.subarray(held), at.bytes - window.length + held);
    if (count === 0) throw broken(path, at.seq, scanRules.short);
    held += count;
  }
  const start = window.length < 2 ? 0 : window.lastIndexOf('\n', window.length - 2) + 1;
  const line = checkLine(window.subarray(start, window.length - 1), keys);
  if (typeof line === 'string') throw broken(path, at.seq, line);
  if (window.at(-1) !== 0x0a || line.seq !== at.seq || line.hash !== at.hash || line.mac !== at.mac) {
    throw broken(path, at.seq, scanRules.head);
  }
}

export function broken(file: string, seq: number, rule: string): AgentKeysError {
  return new AgentKeysError('AUDIT_BROKEN', { file, seq, rule });
}
