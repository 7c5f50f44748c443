/** Every reason for which the vault refuses a file or a write, in the words that a person reads. */
import { getSystemErrorName } from 'node:util';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';

export const corruptRules = {
  size: 'its size is wrong',
  magic: 'it does not begin as a vault file does',
  format: 'its format is not known to this version',
  slots: 'its list of key slots is not valid',
  vault: 'it belongs to another vault',
  name: 'it was stored under another name',
  nameForm: 'the name in it is not valid',
  version: 'its version is not valid',
  updated: 'its time is not valid',
  authentic: 'it was changed, or sealed with another key',
  keyMissing: 'it is missing beside the header',
  headerMissing: 'it is missing while credentials are stored',
} as const;

export type CorruptRule = keyof typeof corruptRules;

export const unsafeRules = {
  link: 'it is a symbolic link',
  notFile: 'it is not a regular file',
  notDirectory: 'it is not a directory',
  owner: 'it belongs to another account',
  fileMode: 'its mode is not 0600',
  directoryMode: 'its mode is not 0700',
  notReadable: 'it cannot be opened by its owner',
} as const;

export type UnsafeRule = keyof typeof unsafeRules;

export const unwritableRules = {
  full: 'the disk is full',
  notPermitted: 'not permitted',
  io: 'i/o error',
  versions: 'this credential has had its last version',
} as const;

/** `file` is a name below the state directory, never a value. */
export function vaultCorrupt(file: string, rule: CorruptRule): AgentKeysError {
  // Header and key are everybody's: no single credential can be stored again in their place.
  const [, service] = /([^/]+)\.cred$/.exec(file) ?? [];
  return new AgentKeysError('VAULT_CORRUPT', {
    file,
    rule: corruptRules[rule],
    ...(service === undefined ? {} : { service }),
  });
}

export function stateUnsafe(file: string, rule: UnsafeRule): AgentKeysError {
  return new AgentKeysError('STATE_UNSAFE', { file, rule: unsafeRules[rule] });
}

/** The kernel's refusal of a write as one of three reasons; anything unknown counts as the disk's fault. Our own errors stay. */
export function vaultUnwritable(cause?: unknown): AgentKeysError {
  if (isAgentKeysError(cause)) return cause;
  const code = errnoCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return unwritable('full', cause);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return unwritable('notPermitted', cause);
  return unwritable('io', cause);
}

export function versionsUsedUp(): AgentKeysError {
  return unwritable('versions');
}

/** `EACCES` and the like; undefined for anything that did not come from the kernel. Node gives a code, our addon a positive number. */
export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errno' in error && typeof error.errno === 'number' ? getSystemErrorName(-error.errno) : undefined;
}

function unwritable(rule: keyof typeof unwritableRules, cause?: unknown): AgentKeysError {
  return new AgentKeysError('VAULT_UNWRITABLE', { rule: unwritableRules[rule] }, cause);
}
