/** Writes a file so that its name shows the old bytes or the new ones, whole and durable, whatever fails in between. */
import { constants, readdirSync, unlinkSync } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '../secret/aead.ts';
import { errnoCode, vaultUnwritable } from './rules.ts';

/** No credential can have such a name, since theirs do not begin with a dot. */
const temporaryName = /^\.new-[0-9a-f]{16}$/;

export interface AtomicWrite {
  /** The vault's directory, already checked. */
  readonly directory: string;
  readonly name: string;
  /** false: a file of that name, however late it appears, is kept and the answer is `exists`. */
  readonly mayReplace: boolean;
  /** true: nothing is synced, so that nobody's sync waits behind this one; a power cut may leave the old bytes, the new ones or none. */
  readonly mayBeLost?: boolean;
  /** Writes the content; must not keep the handle. */
  readonly fill: (file: FileHandle) => Promise<void>;
}

/**
 * Order: temporary file, fsync, rename or link, fsync of the directory. Any failure removes the temporary file; until the rename the
 * old file is untouched. If only the last fsync fails, the new file is there but may not survive a power cut, and the caller is told
 * that the write failed. Errors: `VAULT_UNWRITABLE`, and ours that `fill` throws.
 */
export async function writeAtomically(write: AtomicWrite): Promise<'written' | 'exists'> {
  const temporary = join(write.directory, `.new-${randomBytes(8).toString('hex')}`);
  const target = join(write.directory, write.name);
  try {
    await writeTemporary(temporary, write);
    if (!(await publish(temporary, target, write.mayReplace))) return 'exists';
    if (!write.mayBeLost) await syncDirectory(write.directory);
    return 'written';
  } catch (cause) {
    await removeTemporary(temporary);
    throw vaultUnwritable(cause);
  }
}

/** A full disk shows as a short count first and as an error only at the next call, so this goes on until either is clear. */
export async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, null);
    if (bytesWritten === 0) throw vaultUnwritable();
    written += bytesWritten;
  }
}

/** Removes what writes that were cut short left behind. */
export function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (!temporaryName.test(name)) continue;
    try {
      unlinkSync(join(directory, name));
    } catch (error) {
      // A leftover is never read, so one that cannot be removed (a disk mounted read-only) must not close the vault.
      if (errnoCode(error) === undefined) throw error;
    }
  }
}

/** The name is gone for good when this resolves. Errors: `VAULT_UNWRITABLE`; after the last step the name is gone, but may come back after a power cut. */
export async function removeDurably(directory: string, name: string): Promise<void> {
  try {
    await unlink(join(directory, name));
    await syncDirectory(directory);
  } catch (cause) {
    throw vaultUnwritable(cause);
  }
}

/** Makes a rename or a new name in the directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeTemporary(path: string, { fill, mayBeLost }: AtomicWrite): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    await fill(handle);
    if (!mayBeLost) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** false: the name was taken and may not be replaced. WHY NOT look first: only link(2) decides and acts in one step. */
async function publish(temporary: string, target: string, mayReplace: boolean): Promise<boolean> {
  if (mayReplace) {
    await rename(temporary, target);
    return true;
  }
  try {
    await link(temporary, target);
    return true;
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

async function removeTemporary(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // It may never have been made, or be renamed already; the next open of the vault removes any that stays.
    if (errnoCode(error) === undefined) throw error;
  }
}
