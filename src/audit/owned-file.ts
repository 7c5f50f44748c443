/** Opens state files so that a link, a stranger's file or a loose mode is refused on the descriptor itself. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import { AgentKeysError } from '../core/errors.ts';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** NONBLOCK: opening a pipe that lies under the name must not hang. */
const SAFE_FLAGS = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** `write`: the file must be ours. `read`: root may look at another account's log. */
export type Access = 'read' | 'write';

/** Makes the directory with mode 0700 if it is absent; its parent must exist. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function createOwnedDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: DIRECTORY_MODE });
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw toStateError(path, cause);
  }
}

/** Opens and checks the directory. The caller closes it. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function openOwnedDirectory(path: string, access: Access): Promise<FileHandle> {
  return openChecked(path, constants.O_RDONLY | constants.O_DIRECTORY, (stats) =>
    findFlaw(stats, 'directory', access),
  );
}

/** Opens an existing file, or undefined if there is none. The caller closes it. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function findOwnedFile(path: string, access: Access): Promise<FileHandle | undefined> {
  try {
    const mode = access === 'write' ? constants.O_RDWR : constants.O_RDONLY;
    return await openChecked(path, mode, (stats) => findFlaw(stats, 'file', access));
  } catch (error) {
    if (error instanceof AgentKeysError && errnoOf(error.cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The whole of a small file, or undefined if there is none. Errors: `STATE_UNSAFE` (also when longer), `AUDIT_UNAVAILABLE`. */
export async function readOwnedFile(
  path: string,
  maxBytes: number,
  access: Access,
): Promise<Buffer | undefined> {
  const handle = await findOwnedFile(path, access);
  if (handle === undefined) return undefined;
  try {
    const into = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await handle.read(into, 0, into.length, 0);
    if (bytesRead > maxBytes) throw unsafe(path, `it is longer than ${maxBytes} bytes`);
    return into.subarray(0, bytesRead);
  } catch (cause) {
    throw toReadError(path, cause);
  } finally {
    await handle.close();
  }
}

/** Makes an empty file that was not there before. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function createOwnedFile(path: string): Promise<void> {
  const handle = await openNew(path);
  await handle.close();
}

/** Puts `bytes` under `path` at once, by rename, synced before the name. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function replaceOwnedFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`;
  const handle = await createTemporary(temporary);
  try {
    // Loops on short writes, which a full disk produces without an error.
    await handle.writeFile(bytes);
    await handle.datasync();
  } catch (cause) {
    throw toStateError(temporary, cause);
  } finally {
    await handle.close();
  }
  await rename(temporary, path).catch((cause: unknown) => {
    throw toStateError(path, cause);
  });
}

function openNew(path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  return openChecked(path, flags, (stats) => findFlaw(stats, 'file', 'write'));
}

/** A crash may have left one behind; whatever lies there is not ours to write into. */
async function createTemporary(path: string): Promise<FileHandle> {
  try {
    return await openNew(path);
  } catch (error) {
    if (!(error instanceof AgentKeysError && errnoOf(error.cause) === 'EEXIST')) throw error;
  }
  await unlink(path).catch((cause: unknown) => {
    throw toStateError(path, cause);
  });
  return openNew(path);
}

export function unsafe(file: string, rule: string, cause?: unknown): AgentKeysError {
  return new AgentKeysError('STATE_UNSAFE', { file, rule }, cause);
}

async function openChecked(
  path: string,
  flags: number,
  flawOf: (stats: Stats) => string | undefined,
): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags | SAFE_FLAGS, FILE_MODE);
  } catch (cause) {
    throw toStateError(path, cause);
  }
  try {
    const flaw = flawOf(await handle.stat());
    if (flaw !== undefined) throw unsafe(path, flaw);
    return handle;
  } catch (cause) {
    await handle.close();
    throw toStateError(path, cause);
  }
}

function findFlaw(stats: Stats, kind: 'file' | 'directory', access: Access): string | undefined {
  const mode = stats.mode & 0o777;
  const wanted = kind === 'directory' ? DIRECTORY_MODE : FILE_MODE;
  const uid = process.geteuid?.();
  if (kind === 'file' ? !stats.isFile() : !stats.isDirectory()) return `it is not a ${kind}`;
  if (stats.uid !== uid && !(uid === 0 && access === 'read')) return `it belongs to uid ${stats.uid}`;
  if (mode !== wanted) return `its mode is ${mode.toString(8).padStart(4, '0')}`;
  // ATTACK: a second name for one of our own files would pass the owner check. No name at all is a head just replaced.
  if (kind === 'file' && stats.nlink > 1) return 'it has more than one name';
  return undefined;
}

/** A file that is as it should be and yet cannot be read: `AUDIT_UNAVAILABLE`, with its name. Errors of ours stay as they are. */
export function toReadError(file: string, cause: unknown): AgentKeysError {
  return cause instanceof AgentKeysError ? cause : new AgentKeysError('AUDIT_UNAVAILABLE', { file }, cause);
}

/** So many bytes as there are. Errors: `AUDIT_UNAVAILABLE`. */
export async function readAt(
  handle: FileHandle,
  file: string,
  { into, position }: { readonly into: Uint8Array; readonly position: number },
): Promise<number> {
  try {
    return (await handle.read(into, 0, into.length, position)).bytesRead;
  } catch (cause) {
    throw toReadError(file, cause);
  }
}

/** What lies under the name is wrong: `STATE_UNSAFE`. The machine fails: `AUDIT_UNAVAILABLE`. */
function toStateError(file: string, cause: unknown): AgentKeysError {
  if (cause instanceof AgentKeysError) return cause;
  const rule = unsafeErrnos[errnoOf(cause) ?? ''];
  return rule === undefined ? new AgentKeysError('AUDIT_UNAVAILABLE', {}, cause) : unsafe(file, rule, cause);
}

const unsafeErrnos: Readonly<Record<string, string>> = {
  EACCES: 'it cannot be opened',
  EEXIST: 'it is there already',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link',
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a directory',
  ENXIO: 'it is not a file',
  EPERM: 'it cannot be opened',
};

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
