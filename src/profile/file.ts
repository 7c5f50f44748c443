/** Reads the text of one profile through a descriptor, after checking what the descriptor is. */
import { closeSync, fstatSync, lstatSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { AgentKeysError } from '../core/errors.ts';

/** The addon's `openFile`: it follows no last link, waits for no FIFO's writer, and its errors carry `errno`. */
export type OpenFile = (path: string) => {
  readonly fd: number;
  readonly isRegular: boolean;
  readonly uid: number;
  readonly mode: number;
  readonly byteLength: number;
};

export interface OpenedText {
  readonly text: string;
  /** Equal only while the file is unchanged. */
  readonly stamp: string;
  readonly changedMs: number;
}

export const maxProfileBytes = 64 * 1024;
/** Whoever can write a profile decides what an agent gets. */
const writableByOthers = 0o022;

/** Facts of a path itself, its link not followed; undefined if nothing is there. Errors: `PROFILE_UNSAFE`. */
export function findStamp(file: string): string | undefined {
  return refusingErrno(file, () => {
    const facts = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    return facts === undefined ? undefined : formatStamp(facts);
  });
}

/** False if nothing is there. Errors: `PROFILE_UNSAFE` for a directory in which others can put files. */
export function hasSafeDirectory(directory: string, ownUid: number): boolean {
  return (
    refusingErrno(directory, () => {
      const facts = lstatSync(directory, { throwIfNoEntry: false });
      if (facts === undefined) return undefined;
      if (!facts.isDirectory()) throw unsafe(directory, 'it is not a directory');
      requireOwner(directory, facts, ownUid);
      return true;
    }) ?? false
  );
}

/** Opens, checks, reads and closes. undefined if the file has gone. Errors: `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export function openText(file: string, openFile: OpenFile, ownUid: number): OpenedText | undefined {
  return refusingErrno(file, () => {
    const { fd } = openFile(file);
    try {
      return readText(fd, file, ownUid);
    } finally {
      closeSync(fd);
    }
  });
}

/** The descriptor stays the caller's and keeps its position. Errors: `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export function readText(fd: number, file: string, ownUid: number): OpenedText {
  const facts = fstatSync(fd, { bigint: true });
  if (!facts.isFile()) throw unsafe(file, 'it is not a regular file');
  requireOwner(file, { uid: Number(facts.uid), mode: Number(facts.mode) }, ownUid);
  const bytes = Buffer.alloc(maxProfileBytes + 1);
  let length = 0;
  for (let count = -1; count !== 0 && length < bytes.length; length += count) {
    count = readSync(fd, bytes, length, bytes.length - length, length);
  }
  // The bytes count, not fstat's size: a file can grow meanwhile.
  if (length > maxProfileBytes) throw tooLarge(file);
  const text = decode(bytes.subarray(0, length), file);
  return { text, stamp: formatStamp(facts), changedMs: Number(facts.ctimeNs / 1_000_000n) };
}

interface StampFacts {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** Change time is part of it: modification time can be set back, and a new mode or owner must be looked at again. */
function formatStamp(facts: StampFacts): string {
  const { dev, ino, size, mode, uid, mtimeNs, ctimeNs } = facts;
  return [dev, ino, size, mode, uid, mtimeNs, ctimeNs].join(':');
}

function requireOwner(
  file: string,
  facts: { readonly uid: number; readonly mode: number },
  ownUid: number,
): void {
  if (facts.uid !== ownUid && facts.uid !== 0) throw unsafe(file, 'it belongs to somebody else');
  if ((facts.mode & writableByOthers) !== 0) throw unsafe(file, 'its group or others can write to it');
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AgentKeysError('PROFILE_INVALID', { file, line: 1, rule: 'the text is not UTF-8' });
  }
}

/** What the kernel refuses becomes our refusal; a missing file is no error. */
function refusingErrno<Result>(file: string, act: () => Result | undefined): Result | undefined {
  try {
    return act();
  } catch (error) {
    const errno = findErrno(error);
    if (errno === undefined) throw error;
    if (errno === constants.errno.ENOENT || errno === constants.errno.ENOTDIR) return undefined;
    if (errno === constants.errno.ELOOP) throw unsafe(file, 'it is a symbolic link');
    // A socket, or a device without a driver.
    if (errno === constants.errno.ENXIO) throw unsafe(file, 'it is not a regular file');
    throw unsafe(file, `the system refuses to read it: errno ${errno}`);
  }
}

/** Node's own errors have a negative errno, the addon's a positive one. */
function findErrno(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? Math.abs(error.errno) : undefined;
}

function tooLarge(file: string): AgentKeysError {
  return new AgentKeysError('PROFILE_INVALID', {
    file,
    line: 1,
    rule: `the file has more than ${maxProfileBytes} bytes`,
  });
}

function unsafe(file: string, rule: string): AgentKeysError {
  return new AgentKeysError('PROFILE_UNSAFE', { file, rule });
}
