import {
  chmodSync,
  chownSync,
  existsSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import test from 'ava';
import { asRoot } from '../support/root.ts';
import { canary, demo, other, revealed, snapshot, vaultWithDemo } from './support/test-vault.ts';

const recorded = async () => {};

const states: readonly (readonly [string, (path: string) => void])[] = [
  ['sound', () => {}],
  ['damaged', (path) => writeFileSync(path, 'no entry at all')],
  ['empty', (path) => writeFileSync(path, '')],
  ['too open', (path) => chmodSync(path, 0o644)],
];

for (const [state, damage] of states) {
  test(`an entry that is ${state} is removed, and nothing else is`, async (t) => {
    const { vault, file } = await vaultWithDemo(t);
    await vault.store(other, canary(5), { replace: false });
    damage(file('demo.cred'));
    await vault.remove(demo, recorded);
    t.false(existsSync(file('demo.cred')));
    t.is(vault.find(demo), undefined);
    t.deepEqual(
      [...vault.list()].map(({ service }) => service),
      [other],
    );
    t.deepEqual(await vault.store(demo, canary(5), { replace: false }), { version: 1 });
  });
}

test('what is not stored is not written down as removed', async (t) => {
  const { vault } = await vaultWithDemo(t);
  const removal = vault.remove(other, async () => t.fail('written down'));
  await t.throwsAsync(removal, { code: 'CREDENTIAL_MISSING' });
});

test('nothing is removed before it is written down, nor if that fails', async (t) => {
  const { vault, directory, file, value } = await vaultWithDemo(t);
  const before = snapshot(directory);
  const removal = vault.remove(demo, async () => {
    t.true(existsSync(file('demo.cred')));
    throw new Error('the log is full');
  });
  await t.throwsAsync(removal, { message: 'the log is full' });
  t.deepEqual(snapshot(directory), before);
  t.true(revealed(vault).equals(value));
});

test('a link is refused and stays, as does what it leads to', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  renameSync(file('demo.cred'), file('kept'));
  symlinkSync('kept', file('demo.cred'));
  const removal = vault.remove(demo, async () => t.fail('written down'));
  await t.throwsAsync(removal, { code: 'STATE_UNSAFE' });
  t.true(readFileSync(file('demo.cred')).length > 0);
});

asRoot('a file of another account is refused and stays', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  chownSync(file('demo.cred'), 12345, 12345);
  const removal = vault.remove(demo, async () => t.fail('written down'));
  await t.throwsAsync(removal, { code: 'STATE_UNSAFE' });
  t.true(existsSync(file('demo.cred')));
});

test('a store that comes while an entry is removed waits, and is the first version', async (t) => {
  const { vault } = await vaultWithDemo(t);
  const gate = Promise.withResolvers<void>();
  const removal = vault.remove(demo, () => gate.promise);
  const value = canary(9);
  const store = vault.store(demo, value, { replace: true });
  gate.resolve();
  await removal;
  t.deepEqual(await store, { version: 1 });
  t.true(revealed(vault).equals(value));
});

test('a removal that comes while an entry is replaced waits, and removes the new one', async (t) => {
  const { vault } = await vaultWithDemo(t);
  const store = vault.store(demo, canary(9), { replace: true });
  const removal = vault.remove(demo, recorded);
  t.deepEqual(await store, { version: 2 });
  await removal;
  t.is(vault.find(demo), undefined);
});

test.serial('a removal that is not durable is not told as done', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  const handle = await open(file('header'));
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const { sync } = prototype;
  t.teardown(() => {
    prototype.sync = sync;
  });
  prototype.sync = async () => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  await t.throwsAsync(vault.remove(demo, recorded), { code: 'VAULT_UNWRITABLE' });
});
