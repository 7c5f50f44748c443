/** The log's file as the writer sees it: six calls, so that tests can make each of them fail. */
import { fstatSync, lstatSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { findOwnedFile, readAt, unsafe } from './owned-file.ts';

export interface AuditFile {
  /** Resolves with the number of bytes written, which may be fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Resolves when everything written before is on the disk. */
  datasync(): Promise<void>;
  /** Resolves with the number of bytes read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  truncate(byteLength: number): Promise<void>;
  /** Length now, and whether the log's name still leads to this file. Costs two system calls, never waits for the disk. */
  inspect(): { readonly byteLength: number; readonly isInPlace: boolean };
  close(): Promise<void>;
}

export type OpenAuditFile = (path: string) => Promise<AuditFile>;

/** Opens the log for writing; it must exist. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function openAuditFile(path: string): Promise<AuditFile> {
  const handle = await findOwnedFile(path, 'write');
  if (handle === undefined) throw unsafe(path, 'it does not exist');
  return wrapAuditFile(handle, path);
}

/** Takes over the descriptor. */
export function wrapAuditFile(handle: FileHandle, path: string): AuditFile {
  return {
    async write(bytes, position) {
      return (await handle.write(bytes, 0, bytes.length, position)).bytesWritten;
    },
    datasync: () => handle.datasync(),
    read: (into, position) => readAt(handle, path, { into, position }),
    truncate: (byteLength) => handle.truncate(byteLength),
    inspect() {
      const mine = fstatSync(handle.fd);
      const named = lstatSync(path, { throwIfNoEntry: false });
      return { byteLength: mine.size, isInPlace: named?.ino === mine.ino && named.dev === mine.dev };
    },
    close: () => handle.close(),
  };
}

/** Writes all of `bytes`, however short the single writes are. Throws what the file throws, and on a write of nothing. */
export async function writeFully(file: AuditFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await file.write(done === 0 ? bytes : bytes.subarray(done), position + done);
    if (written <= 0) throw new Error('nothing was written');
    done += written;
  }
}
