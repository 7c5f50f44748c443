import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { corruptRules } from '../../src/vault/rules.ts';
import { assertRefused } from './support/refusals.ts';
import {
  demo,
  openAt,
  snapshot,
  vaultDirectory,
  vaultWithDemo,
  watchedRegions,
} from './support/test-vault.ts';

test('a directory without a header is no vault: every question says so', (t) => {
  const vault = openAt(vaultDirectory(t));
  t.false(vault.isPresent());
  t.throws(() => vault.open(), { code: 'VAULT_ABSENT' });
  t.throws(() => vault.identity, { code: 'VAULT_ABSENT' });
  t.throws(() => vault.find(demo), { code: 'VAULT_ABSENT' });
  t.throws(() => vault.list(), { code: 'VAULT_ABSENT' });
});

test('makes header and key with their final modes and says who it is', async (t) => {
  const directory = vaultDirectory(t);
  const vault = openAt(directory);
  const { identity, created } = await vault.initialise();
  t.true(created);
  t.true(vault.isPresent());
  t.regex(identity, /^ak-[0-9a-f]{16}$/);
  t.is(identity, `ak-${readFileSync(join(directory, 'header')).subarray(10, 18).toString('hex')}`);
  t.is(vault.identity, identity);
  const modes = ['', 'header', 'key'].map((name) => lstatSync(join(directory, name)).mode & 0o7777);
  t.deepEqual(modes, [0o700, 0o600, 0o600]);
  t.deepEqual(Object.keys(snapshot(directory)).sort(), ['header', 'key']);
});

test('a second call changes no byte, in this process and in another', async (t) => {
  const directory = vaultDirectory(t);
  const vault = openAt(directory);
  const { identity } = await vault.initialise();
  const before = snapshot(directory);
  t.deepEqual(await vault.initialise(), { identity, created: false });
  t.deepEqual(await openAt(directory).initialise(), { identity, created: false });
  t.deepEqual(snapshot(directory), before);
});

test('calls at the same moment make one vault', async (t) => {
  const directory = vaultDirectory(t);
  const vault = openAt(directory);
  const outcomes = await Promise.all([1, 2, 3].map(() => vault.initialise()));
  t.is(new Set(outcomes.map(({ identity }) => identity)).size, 1);
  t.is(outcomes.filter(({ created }) => created).length, 1);
});

test('two vaults have neither keys nor ids in common', async (t) => {
  const [first, second] = [vaultDirectory(t), vaultDirectory(t)];
  const identities = [await openAt(first).initialise(), await openAt(second).initialise()];
  t.not(identities[0]?.identity, identities[1]?.identity);
  t.false(readFileSync(join(first, 'key')).equals(readFileSync(join(second, 'key'))));
});

const interrupted = test.macro({
  exec: async (t, files: Record<string, Buffer>) => {
    const directory = vaultDirectory(t);
    mkdirSync(directory, { mode: 0o700 });
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(join(directory, name), bytes, { mode: 0o600 });
    }
    t.throws(() => openAt(directory).open(), { code: 'VAULT_ABSENT' });
    t.true((await openAt(directory).initialise()).created);
    t.notThrows(() => openAt(directory).open());
    t.deepEqual(Object.keys(snapshot(directory)).sort(), ['header', 'key']);
    if (files.key !== undefined) t.true(readFileSync(join(directory, 'key')).equals(files.key));
  },
  title: (given) => `goes on where a crash left ${given}`,
});
test('an empty directory', interrupted, {});
test('half a key under its temporary name', interrupted, { '.new-0123456789abcdef': Buffer.alloc(7, 1) });
test('a key and no header', interrupted, { key: Buffer.alloc(32, 7) });
test('a key and half a header', interrupted, {
  key: Buffer.alloc(32, 7),
  '.new-0123456789abcdef': Buffer.from('AKVAULTH'),
});

test('credentials without a header are refused, not orphaned by a new header', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  rmSync(file('header'));
  const before = snapshot(directory);
  const error = await t.throwsAsync(openAt(directory).initialise(), { code: 'VAULT_CORRUPT' });
  t.true(error?.message.includes(corruptRules.headerMissing));
  t.deepEqual(snapshot(directory), before);
});

test('a key file of another length is refused, and kept', async (t) => {
  const directory = vaultDirectory(t);
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'key'), Buffer.alloc(31), { mode: 0o600 });
  await t.throwsAsync(openAt(directory).initialise(), { code: 'VAULT_CORRUPT' });
  t.deepEqual(Object.keys(snapshot(directory)), ['key']);
});

test('opening removes what interrupted writes left, and nothing else', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  writeFileSync(file('.new-0123456789abcdef'), 'half', { mode: 0o600 });
  writeFileSync(file('.new-mine'), 'not ours', { mode: 0o600 });
  openAt(directory).open();
  t.deepEqual(Object.keys(snapshot(directory)).sort(), ['.new-mine', 'demo.cred', 'header', 'key']);
});

test('every key that was in locked memory for a moment is wiped there', async (t) => {
  const directory = vaultDirectory(t);
  const regions = watchedRegions();
  await openAt(directory, regions).initialise();
  t.true(regions.made.length >= 3);
  t.true(regions.made.every(({ isWiped, isDropped }) => isWiped && isDropped));
});

test('a key in locked memory is wiped when the header turns out to be wrong', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  writeFileSync(file('key'), Buffer.alloc(32, 9));
  const regions = watchedRegions();
  assertRefused(t, () => openAt(directory, regions).open(), { code: 'VAULT_CORRUPT', file: 'vault/header' });
  t.is(regions.made.length, 1);
  t.true(regions.made.every(({ isWiped, isDropped }) => isWiped && isDropped));
});

test('an open that fails gives its place in the arena back, however often', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  const key = readFileSync(file('key'));
  const vault = openAt(directory);
  writeFileSync(file('key'), Buffer.alloc(32, 9));
  for (let round = 0; round < 100; round += 1) t.throws(() => vault.open(), { code: 'VAULT_CORRUPT' });
  writeFileSync(file('key'), key);
  t.is(vault.find(demo)?.version, 1);
});
