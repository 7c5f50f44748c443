/** Opens the vault's own files and directory by descriptor, and refuses any that another account could have put there. */
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { toAgentKeysError } from '../core/errors.ts';
import type { StatePath } from './paths.ts';
import { errnoCode, stateUnsafe, type UnsafeRule, vaultCorrupt } from './rules.ts';

const fileMode = 0o600n;
const directoryMode = 0o700n;
const permissionBits = 0o7777n;

export interface OpenStateFile {
  readonly fd: number;
  readonly byteLength: number;
  readonly stamp: string;
}

/**
 * Lends an open descriptor of a file that is regular, ours and 0600; undefined: there is no such file.
 * Never follows a last link, and never waits on a FIFO. Errors: `STATE_UNSAFE`, `INTERNAL`.
 */
export function useStateFile<T>(file: StatePath, callback: (file: OpenStateFile) => T): T | undefined {
  const fd = openOwn(file, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fd === undefined) return undefined;
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) throw stateUnsafe(file.label, 'notFile');
    requireOwn(stats, file.label, fileMode, 'fileMode');
    return callback({ fd, byteLength: Number(stats.size), stamp: formatStamp(stats) });
  } finally {
    closeSync(fd);
  }
}

/** false: there is no such directory. Errors: `STATE_UNSAFE` unless it is ours and 0700; `INTERNAL`. */
export function checkStateDirectory(directory: StatePath): boolean {
  const fd = openOwn(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  if (fd === undefined) return false;
  try {
    requireOwn(fstatSync(fd, { bigint: true }), directory.label, directoryMode, 'directoryMode');
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Bounds are checked before a byte is read or a buffer made. Errors: `VAULT_CORRUPT` with the rule for sizes. */
export function readWhole(
  file: OpenStateFile,
  label: string,
  bounds: { readonly minBytes: number; readonly maxBytes: number },
): Buffer {
  if (file.byteLength < bounds.minBytes || file.byteLength > bounds.maxBytes)
    throw vaultCorrupt(label, 'size');
  const bytes = Buffer.alloc(file.byteLength);
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(file.fd, bytes, filled, bytes.length - filled, null);
    if (count === 0) break;
    filled += count;
  }
  // Fewer bytes than fstat promised do not open: what is missing was authenticated.
  return bytes.subarray(0, filled);
}

/**
 * What changes whenever a file changes, without opening it; undefined: there is no such file. Carries owner and mode, so that an
 * equal stamp means they are still right, and the change time, which no ordinary program can set back. Errors: `STATE_UNSAFE`,
 * `INTERNAL`.
 */
export function findStamp(file: StatePath): string | undefined {
  const stats = findStats(file);
  return stats === undefined ? undefined : formatStamp(stats);
}

/**
 * false: there is no such file. Errors: `STATE_UNSAFE` unless it is a regular file of ours, `INTERNAL`. Its mode does not count: a file
 * that became too open is one that a person wants to remove.
 */
export function checkRemovable(file: StatePath): boolean {
  const stats = findStats(file);
  if (stats === undefined) return false;
  if (stats.isSymbolicLink()) throw stateUnsafe(file.label, 'link');
  if (!stats.isFile()) throw stateUnsafe(file.label, 'notFile');
  requireOwner(stats, file.label);
  return true;
}

function findStats(file: StatePath): BigIntStats | undefined {
  try {
    return lstatSync(file.path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    const code = errnoCode(cause);
    if (code === 'ENOTDIR' || code === 'ELOOP') throw stateUnsafe('vault', 'notDirectory');
    if (code === 'EACCES') throw stateUnsafe('vault', 'notReadable');
    throw toAgentKeysError(cause, `looking at ${file.label}`);
  }
}

function formatStamp(stats: BigIntStats): string {
  const { dev, ino, mode, uid, size, mtimeNs, ctimeNs } = stats;
  return [dev, ino, mode, uid, size, mtimeNs, ctimeNs].join(':');
}

function openOwn(file: StatePath, flags: number): number | undefined {
  try {
    return openSync(file.path, flags | constants.O_NOFOLLOW);
  } catch (cause) {
    const code = errnoCode(cause);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw stateUnsafe(file.label, 'link');
    if (code === 'ENXIO') throw stateUnsafe(file.label, 'notFile');
    // With O_NOFOLLOW | O_DIRECTORY the kernel says ENOTDIR for a link as well as for a file.
    if (code === 'ENOTDIR') throw stateUnsafe(file.label, 'notDirectory');
    if (code === 'EACCES') throw stateUnsafe(file.label, 'notReadable');
    throw toAgentKeysError(cause, `opening ${file.label}`);
  }
}

function requireOwn(stats: BigIntStats, label: string, mode: bigint, modeRule: UnsafeRule): void {
  requireOwner(stats, label);
  if ((stats.mode & permissionBits) !== mode) throw stateUnsafe(label, modeRule);
}

function requireOwner(stats: BigIntStats, label: string): void {
  if (stats.uid !== BigInt(process.geteuid?.() ?? -1)) throw stateUnsafe(label, 'owner');
}
