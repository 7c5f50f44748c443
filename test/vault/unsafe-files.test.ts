import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import test from 'ava';
import { unsafeRules } from '../../src/vault/rules.ts';
import { assertRefused } from './support/refusals.ts';
import { canary, demo, openAt, other, vaultWithDemo } from './support/test-vault.ts';

type Place = (path: string) => void;

/** Puts something else where a file of the vault was; the file itself lies beside it under another name. */
const planted = test.macro({
  exec: async (t, place: Place, rule: keyof typeof unsafeRules) => {
    for (const name of ['header', 'key', 'demo.cred']) {
      const { directory, file } = await vaultWithDemo(t);
      renameSync(file(name), file('original'));
      place(file(name));
      const expected = { code: 'STATE_UNSAFE', file: `vault/${name}`, rule: unsafeRules[rule] } as const;
      assertRefused(t, () => openAt(directory).find(demo), expected);
    }
  },
  title: (given) => `refuses ${given} in the place of header, key and entry`,
});

const originalOf = (path: string) => path.replace(/[^/]+$/, 'original');
const wide =
  (mode: number): Place =>
  (path) => {
    linkSync(originalOf(path), path);
    chmodSync(path, mode);
  };

test('a symbolic link to the right file', planted, (path) => symlinkSync('original', path), 'link');
test('a dangling symbolic link', planted, (path) => symlinkSync('nowhere', path), 'link');
test(
  'a FIFO, without waiting for a writer',
  planted,
  (path) => execFileSync('mkfifo', ['-m', '600', path]),
  'notFile',
);
test('a directory', planted, (path) => mkdirSync(path, { mode: 0o600 }), 'notFile');
test('a file that others may read', planted, wide(0o644), 'fileMode');
test('a file that the group may write', planted, wide(0o620), 'fileMode');
test('a file with a set-uid bit', planted, wide(0o4600), 'fileMode');

test('refuses a socket in the place of an entry', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  rmSync(file('demo.cred'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(file('demo.cred'), resolve));
  t.teardown(() => server.close());
  const expected = { code: 'STATE_UNSAFE', file: 'vault/demo.cred', rule: unsafeRules.notFile } as const;
  assertRefused(t, () => vault.find(demo), expected);
});

test('refuses an entry that others may read from the moment its mode changes', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  t.is(vault.find(demo)?.version, 1);
  chmodSync(file('demo.cred'), 0o604);
  const expected = { code: 'STATE_UNSAFE', file: 'vault/demo.cred', rule: unsafeRules.fileMode } as const;
  assertRefused(t, () => vault.find(demo), expected);
  assertRefused(t, () => vault.reveal(demo, Buffer.alloc(21)), expected);
});

test('refuses a directory that others may write: to open it, to reveal from it, to store into it', async (t) => {
  const { vault, directory } = await vaultWithDemo(t);
  t.is(vault.find(demo)?.version, 1);
  chmodSync(directory, 0o777);
  const expected = { code: 'STATE_UNSAFE', file: 'vault', rule: unsafeRules.directoryMode } as const;
  assertRefused(t, () => openAt(directory).open(), expected);
  assertRefused(t, () => vault.reveal(demo, Buffer.alloc(21)), expected);
  for (const service of [demo, other]) {
    await t.throwsAsync(vault.store(service, canary(5), { replace: true }), { code: 'STATE_UNSAFE' });
  }
  await t.throwsAsync(openAt(directory).initialise(), { code: 'STATE_UNSAFE' });
});

test('refuses a link to a vault, and a file in its place', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  const link = `${directory}-link`;
  symlinkSync(directory, link);
  const expected = { code: 'STATE_UNSAFE', file: 'vault', rule: unsafeRules.notDirectory } as const;
  assertRefused(t, () => openAt(link).open(), expected);
  assertRefused(t, () => openAt(file('header')).open(), expected);
});

test('does not make a vault in a directory that somebody made first with a wide mode', async (t) => {
  const { directory } = await vaultWithDemo(t);
  const taken = `${directory}-taken`;
  mkdirSync(taken);
  chmodSync(taken, 0o777);
  await t.throwsAsync(openAt(taken).initialise(), { code: 'STATE_UNSAFE' });
  t.false(openAt(taken).isPresent());
});

test('does not write through a link that waits under a name of the vault', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  const victim = `${directory}-victim`;
  writeFileSync(victim, 'untouched');
  symlinkSync(victim, file('other.cred'));
  const store = openAt(directory).store(other, canary(5), { replace: true });
  await t.throwsAsync(store, { code: 'STATE_UNSAFE' });
  t.is(readFileSync(victim, 'utf8'), 'untouched');
});

test.serial('refuses files of another account', async (t) => {
  const { vault, directory } = await vaultWithDemo(t);
  const original = Object.getOwnPropertyDescriptor(process, 'geteuid') ?? {};
  t.teardown(() => Object.defineProperty(process, 'geteuid', original));
  // The same question with the roles exchanged: giving a file away needs root, being somebody else does not.
  process.geteuid = () => 4_000_000;
  const rule = unsafeRules.owner;
  assertRefused(t, () => openAt(directory).open(), { code: 'STATE_UNSAFE', file: 'vault', rule });
  assertRefused(t, () => vault.reveal(demo, Buffer.alloc(21)), { code: 'STATE_UNSAFE', file: 'vault', rule });
});
