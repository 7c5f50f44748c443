/** Opens the log for reading, and tells one that was never begun from one that was taken away. */

import type { FileHandle } from 'node:fs/promises';
import { lstat } from 'node:fs/promises';
import { AgentKeysError } from '../core/errors.ts';
import { findOwnedFile, openOwnedDirectory } from './owned-file.ts';
import { broken } from './recover.ts';
import { auditPaths, hasAnyKey } from './store.ts';

export const missingRule = 'the log is missing';

/** Errors: `AUDIT_ABSENT` (nothing was ever recorded here), `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function requireAuditDirectory(directory: string): Promise<void> {
  if (!(await isThere(directory))) throw new AgentKeysError('AUDIT_ABSENT');
  await (await openOwnedDirectory(directory, 'read')).close();
}

/**
 * The caller closes it. Errors: `AUDIT_ABSENT`, `AUDIT_BROKEN` (keys or a head are there, the log is not), `STATE_UNSAFE`,
 * `AUDIT_UNAVAILABLE`.
 */
export async function openLogForReading(directory: string): Promise<FileHandle> {
  await requireAuditDirectory(directory);
  const { log, head } = auditPaths(directory);
  const handle = await findOwnedFile(log, 'read');
  if (handle !== undefined) return handle;
  // The log is made before its keys and its head.
  if ((await isThere(head)) || (await hasAnyKey(directory))) throw broken(log, 1, missingRule);
  throw new AgentKeysError('AUDIT_ABSENT');
}

/** Whatever is wrong with what is there shows when it is opened. */
async function isThere(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? undefined : error;
  });
  return found !== undefined;
}
