/** Reads the text of one file through a descriptor, after checking what the descriptor is. */
import { closeSync, fstatSync, lstatSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { type FileKind, invalidAt, unsafeFile } from './file-kind.ts';

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

export interface TextFiles {
  /** Facts of a path itself, its link not followed; undefined if nothing is there. */
  findStamp(file: string): string | undefined;
  /** False if nothing is there. Refuses a directory in which others can put files. */
  hasSafeDirectory(directory: string): boolean;
  /** Opens, checks, reads and closes. undefined if the file has gone. */
  openText(file: string): OpenedText | undefined;
  /** The descriptor stays the caller's and keeps its position. */
  readText(fd: number, file: string): OpenedText;
}

export interface TextFilesParts {
  readonly kind: FileKind;
  readonly openFile: OpenFile;
  /** Files must belong to this uid or to root. */
  readonly ownUid: number;
}

export const maxTextBytes = 64 * 1024;
/** Whoever can write such a file decides what an agent gets. */
const writableByOthers = 0o022;

/** Errors of its methods: the two codes of `kind`. */
export function createTextFiles(parts: TextFilesParts): TextFiles {
  const { kind, openFile } = parts;
  return {
    findStamp: (file) =>
      refusingErrno(kind, file, () => {
        const facts = lstatSync(file, { bigint: true, throwIfNoEntry: false });
        return facts === undefined ? undefined : formatStamp(facts);
      }),
    hasSafeDirectory: (directory) =>
      refusingErrno(kind, directory, () => isSafeDirectory(parts, directory)) ?? false,
    openText: (file) =>
      refusingErrno(kind, file, () => {
        const { fd } = openFile(file);
        try {
          return readText(parts, fd, file);
        } finally {
          closeSync(fd);
        }
      }),
    readText: (fd, file) => readText(parts, fd, file),
  };
}

function isSafeDirectory(parts: TextFilesParts, directory: string): boolean {
  const facts = lstatSync(directory, { throwIfNoEntry: false });
  if (facts === undefined) return false;
  if (facts.isSymbolicLink()) throw unsafeFile(parts.kind, directory, 'it is a symbolic link');
  if (!facts.isDirectory()) throw unsafeFile(parts.kind, directory, 'it is not a directory');
  requireOwner(parts, directory, facts);
  return true;
}

function readText(parts: TextFilesParts, fd: number, file: string): OpenedText {
  const facts = fstatSync(fd, { bigint: true });
  if (!facts.isFile()) throw unsafeFile(parts.kind, file, 'it is not a regular file');
  requireOwner(parts, file, { uid: Number(facts.uid), mode: Number(facts.mode) });
  const bytes = Buffer.alloc(maxTextBytes + 1);
  let length = 0;
  for (let count = -1; count !== 0 && length < bytes.length; length += count) {
    count = readSync(fd, bytes, length, bytes.length - length, length);
  }
  const beginning = { file, line: 1 };
  // The bytes count, not fstat's size: a file can grow meanwhile.
  if (length > maxTextBytes)
    throw invalidAt(parts.kind, beginning, `the file has more than ${maxTextBytes} bytes`);
  const text = decode(bytes.subarray(0, length));
  if (text === undefined) throw invalidAt(parts.kind, beginning, 'the text is not UTF-8');
  if (text.startsWith('\uFEFF'))
    throw invalidAt(parts.kind, beginning, 'the text begins with a byte order mark');
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
  { kind, ownUid }: TextFilesParts,
  file: string,
  facts: { readonly uid: number; readonly mode: number },
): void {
  if (facts.uid !== ownUid && facts.uid !== 0) throw unsafeFile(kind, file, 'it belongs to somebody else');
  if ((facts.mode & writableByOthers) !== 0)
    throw unsafeFile(kind, file, 'its group or others can write to it');
}

/** undefined for what is not UTF-8; what the decoder throws is not kept, since it says no more. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What the kernel refuses becomes our refusal; a missing file is no error. */
function refusingErrno<Result>(
  kind: FileKind,
  file: string,
  act: () => Result | undefined,
): Result | undefined {
  try {
    return act();
  } catch (error) {
    const errno = findErrno(error);
    if (errno === undefined) throw error;
    if (errno === constants.errno.ENOENT || errno === constants.errno.ENOTDIR) return undefined;
    if (errno === constants.errno.ELOOP) throw unsafeFile(kind, file, 'it is a symbolic link');
    // A socket, or a device without a driver.
    if (errno === constants.errno.ENXIO) throw unsafeFile(kind, file, 'it is not a regular file');
    throw unsafeFile(kind, file, `the system refuses to read it: errno ${errno}`);
  }
}

/** Node's own errors have a negative errno, the addon's a positive one. */
function findErrno(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errno' in error)) return undefined;
  return typeof error.errno === 'number' ? Math.abs(error.errno) : undefined;
}
