/** The audit directory: makes it at first start, and opens the log in it so that the chain goes on. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditFile, OpenAuditFile } from './audit-file.ts';
import { type ChainPosition, chainStart, type SealKeys } from './chain.ts';
import { type Head, readHead } from './head.ts';
import { createKeys, keyFileNames, loadSealKeys } from './keys.ts';
import { logName } from './lines.ts';
import { createOwnedDirectory, createOwnedFile, findOwnedFile, openOwnedDirectory } from './owned-file.ts';
import {
  broken,
  type Recovered,
  recoverChain,
  requireHeadFor,
  requireTrustedStart,
  rewriteTail,
} from './recover.ts';

export interface AuditPaths {
  readonly directory: string;
  readonly log: string;
  readonly head: string;
}

export function auditPaths(directory: string): AuditPaths {
  return { directory, log: join(directory, logName), head: join(directory, 'head') };
}

export interface OpenedStore {
  readonly file: AuditFile;
  readonly keys: SealKeys;
  readonly recovered: Recovered;
}

/** Errors: `STATE_UNSAFE`, `AUDIT_BROKEN`, `AUDIT_UNAVAILABLE`. */
export async function openStore(paths: AuditPaths, openFile: OpenAuditFile): Promise<OpenedStore> {
  await createOwnedDirectory(paths.directory);
  await (await openOwnedDirectory(paths.directory, 'write')).close();
  const head = await readHead(paths.head, 'write');
  const byteLength = await requireLog(paths, head);
  if (byteLength === 0 && !(await hasEveryKey(paths.directory))) await createKeys(paths.directory);
  const keys = await loadSealKeys(paths.directory);
  const trusted = requireTrustedStart(head, paths.log);
  const file = await openFile(paths.log);
  try {
    const recovered = await recoverChain(file, keys, trusted, paths.log);
    requireHeadFor(head, recovered.end, paths.log);
    return { file, keys, recovered };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Opens the log again after a write or a sync failed. It must still hold what was durable, and nothing that we did not
 * write; its tail is read back, written once more and synced before anything is built on it.
 * Errors: `STATE_UNSAFE`, `AUDIT_BROKEN`. Throws what the file throws.
 */
export async function reopenStore(
  paths: AuditPaths,
  openFile: OpenAuditFile,
  known: { readonly keys: SealKeys; readonly durable: ChainPosition; readonly attemptedSeq: number },
): Promise<OpenedStore> {
  const file = await openFile(paths.log);
  try {
    const recovered = await recoverChain(file, known.keys, known.durable, paths.log);
    if (recovered.end.seq > known.attemptedSeq)
      throw broken(paths.log, known.attemptedSeq + 1, 'somebody else writes');
    await rewriteTail(file, known.durable, recovered.end);
    return { file, keys: known.keys, recovered };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Makes names that were created or replaced durable. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function syncNames(paths: AuditPaths): Promise<void> {
  const head = await findOwnedFile(paths.head, 'write');
  const directory = await openOwnedDirectory(paths.directory, 'write');
  try {
    await head?.datasync();
    await directory.sync();
  } finally {
    await head?.close();
    await directory.close();
  }
}

/**
 * Length of the log, which is made only where nothing shows that there was one. The log is made before its keys and its
 * head, so that either of them without a log means that the log was taken away, and never a first start that crashed.
 */
async function requireLog(paths: AuditPaths, head: Head): Promise<number> {
  const existing = await findOwnedFile(paths.log, 'write');
  if (existing !== undefined) {
    const { size } = await existing.stat();
    await existing.close();
    return size;
  }
  if (head.kind !== 'absent' || (await hasAnyKey(paths.directory)))
    throw broken(paths.log, 1, 'the log is missing');
  await createOwnedFile(paths.log);
  await syncNames(paths);
  return chainStart.bytes;
}

export async function hasAnyKey(directory: string): Promise<boolean> {
  return (await countKeys(directory)) > 0;
}

async function hasEveryKey(directory: string): Promise<boolean> {
  return (await countKeys(directory)) === keyFileNames.length;
}

async function countKeys(directory: string): Promise<number> {
  let count = 0;
  for (const name of keyFileNames) {
    // Absence is the answer here; whatever else is wrong with a key shows when it is loaded.
    const found = await lstat(join(directory, name)).catch(() => undefined);
    if (found !== undefined) count += 1;
  }
  return count;
}
