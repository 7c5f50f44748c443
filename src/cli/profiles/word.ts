/** The word that names a profile on a command line: with a slash it is a path, else a name, as for `run -p`. */
import { closeSync, constants, openSync } from 'node:fs';
import { AgentKeysError } from '../../core/errors.ts';
import { parseProfileName } from '../../core/ids.ts';
import { createMissingError } from '../../profile/missing.ts';
import type { ProfileStore, ResolvedProfile } from '../../profile/store.ts';
import { readProfileText } from '../../profile/text.ts';

/** Errors: `NAME_INVALID`, `PROFILE_MISSING`, `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export function resolveProfileWord(profiles: ProfileStore, word: string): ResolvedProfile {
  if (word.includes('/')) return withOpened(word, 0, (fd) => profiles.resolveDescriptor(fd, word));
  const name = parseProfileName(word);
  const resolved = profiles.resolve(name);
  if (resolved === undefined) throw createMissingError(profiles, name);
  return resolved;
}

/** The text of a file that `resolveProfileWord` found, as it stands. Errors: `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export function showProfileText({ file }: ResolvedProfile, word: string): string {
  // A link under a path is the caller's own; one under a name is not followed by the daemon either.
  const flags = word.includes('/') ? 0 : constants.O_NOFOLLOW;
  return withOpened(file, flags, (fd) => readProfileText(fd, file, process.getuid?.() ?? -1));
}

function withOpened<T>(file: string, flags: number, use: (fd: number) => T): T {
  let fd: number;
  try {
    // NONBLOCK: a FIFO under the name must not hang.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | flags);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const rule = isMissing ? 'it does not exist' : 'it cannot be opened';
    throw new AgentKeysError('PROFILE_UNSAFE', { file, rule }, cause);
  }
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
