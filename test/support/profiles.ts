/** Profiles for tests: texts, a directory of files, and the checks that other folders would give. */
import { chmodSync, closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type AgentKeysError, isAgentKeysError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/native/addon.ts';
import { parseProfile } from '../../src/profile/parse.ts';
import type { Profile, ProfileChecks } from '../../src/profile/profile.ts';
import type { OpenFile } from '../../src/toml/file.ts';

export const profileChecks: ProfileChecks = {
  checkReference: (text) => /^vault:[a-z0-9-]+$/.test(text),
  checkDelivery: (name) => name === 'env',
};

export const head = 'schema = 1\nname = "sample"\n';

export function parseText(text: string): Profile {
  return parseProfile({ ...profileChecks, text, file: 'sample.toml' });
}

/** What parsing throws; fails the test if it does not throw one of ours. */
export function refusalOf(t: ExecutionContext, act: () => unknown): AgentKeysError {
  try {
    act();
  } catch (error) {
    if (isAgentKeysError(error)) return error;
    throw error;
  }
  t.fail('nothing was refused');
  throw new Error('unreachable');
}

/** The one that the broker uses. */
export const openFile: OpenFile = (path) => loadAddon().openFile(path);

/** A private directory, removed after the test. */
export function createDirectory(t: ExecutionContext, name = 'profiles'): string {
  const root = mkdtempSync(join(tmpdir(), 'agentkeys-profile-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const directory = join(root, name);
  mkdirSync(directory, { mode: 0o700 });
  return directory;
}

export function writeProfile(
  directory: string,
  name: string,
  text = `schema = 1\nname = "${name}"\n`,
): string {
  const file = join(directory, `${name}.toml`);
  writeFileSync(file, text);
  chmodSync(file, 0o644);
  return file;
}

/** An open descriptor of a file, closed after the test. */
export function openDescriptor(t: ExecutionContext, path: string): number {
  const { fd } = openFile(path);
  t.teardown(() => closeSync(fd));
  return fd;
}
