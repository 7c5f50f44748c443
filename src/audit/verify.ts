/** Checks a whole log, also while it is being written, and names the first record that is wrong. */
import type { FileHandle } from 'node:fs/promises';
import { AgentKeysError } from '../core/errors.ts';
import type { SealedLine } from './chain.ts';
import { chainStart } from './chain.ts';
import { type Head, headRules, readHead } from './head.ts';
import { loadVerifyKeys } from './keys.ts';
import { missingRule, requireAuditDirectory } from './open-log.ts';
import { findOwnedFile, readAt } from './owned-file.ts';
import { type ScanResult, scanChain } from './scan.ts';
import { auditPaths, hasAnyKey } from './store.ts';

export type AuditVerdict =
  | {
      readonly kind: 'ok';
      readonly records: number;
      readonly lastSeq: number;
      /** Records behind the newest anchor: who has the MAC key but not the anchor key could have changed these. */
      readonly unsealed: number;
      /** Milliseconds from the newest anchor to the last record, by the records' own clock. */
      readonly unsealedMs: number;
    }
  /** `seq` is the number that the record on `line` (counted from 1) must have. */
  | { readonly kind: 'broken'; readonly seq: number; readonly line: number; readonly rule: string };

export const tornRule = 'the last line is not complete';
/**
 * Errors: `AUDIT_ABSENT` (there is no log at all), `STATE_UNSAFE` (a file is not safe to read; a key is missing),
 * `AUDIT_UNAVAILABLE` (a file cannot be read).
 */
export async function verifyAuditLog(options: { readonly directory: string }): Promise<AuditVerdict> {
  const { directory } = options;
  const paths = auditPaths(directory);
  await requireAuditDirectory(directory);
  // ORDER: the head first. The log only grows, so a head read before it can never be ahead of it by itself.
  const head = await readHead(paths.head, 'read');
  const handle = await findOwnedFile(paths.log, 'read');
  if (handle === undefined) {
    if (head.kind !== 'absent' || (await hasAnyKey(directory))) return brokenAt(1, missingRule);
    throw new AgentKeysError('AUDIT_ABSENT');
  }
  try {
    return await verifyOpened(handle, directory, head);
  } finally {
    await handle.close();
  }
}

async function verifyOpened(handle: FileHandle, directory: string, head: Head): Promise<AuditVerdict> {
  const keys = await loadVerifyKeys(directory, 'read');
  let anchor: SealedLine | undefined;
  let last: SealedLine | undefined;
  const found = await scanChain({
    source: { read: (into, position) => readAt(handle, auditPaths(directory).log, { into, position }) },
    keys,
    from: chainStart,
    head: head.kind === 'known' ? head.position : undefined,
    onRecord(line) {
      if (line.isAnchor) anchor = line;
      last = line;
    },
  });
  if (found.kind === 'broken') return found;
  const flaw = findEndFlaw(found, head);
  if (flaw !== undefined) return flaw;
  const { seq } = found.end;
  return {
    kind: 'ok',
    records: seq,
    lastSeq: seq,
    unsealed: seq - (anchor?.seq ?? 0),
    unsealedMs: span(anchor, last),
  };
}

function findEndFlaw(found: ScanResult & { kind: 'ok' }, head: Head): AuditVerdict | undefined {
  const { seq } = found.end;
  if (found.tornBytes > 0) return brokenAt(seq + 1, tornRule);
  if (head.kind === 'known') return undefined;
  // Nothing was ever acknowledged in a log without a record.
  if (head.kind === 'absent' && seq === 0) return undefined;
  return brokenAt(seq + 1, headRules[head.kind]);
}

function span(anchor: SealedLine | undefined, last: SealedLine | undefined): number {
  if (anchor === undefined || last === undefined) return 0;
  return Math.max(0, Date.parse(last.ts) - Date.parse(anchor.ts));
}

function brokenAt(seq: number, rule: string): AuditVerdict {
  return { kind: 'broken', seq, line: seq, rule };
}
