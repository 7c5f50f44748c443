import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import test from 'ava';
import { parseServiceName } from '../../src/core/ids.ts';
import { createArena } from '../../src/secret/arena.ts';
import { openVaultKey } from '../../src/vault/open.ts';
import { SealedEntries } from '../../src/vault/sealed-entries.ts';
import {
  canary,
  demo,
  openAt,
  other,
  revealed,
  snapshot,
  storedAtMs,
  vaultWithDemo,
  watchedRegions,
} from './support/test-vault.ts';

const roundTrip = test.macro({
  exec: async (t, byteLength: number) => {
    const { vault, directory, value, file } = await vaultWithDemo(t, byteLength);
    const facts = { version: 1, updatedMs: storedAtMs, byteLength };
    t.deepEqual(vault.find(demo), facts);
    t.true(revealed(vault).equals(value));
    const reopened = openAt(directory);
    t.deepEqual([...reopened.list()], [{ service: demo, facts }]);
    t.true(revealed(reopened).equals(value));
    t.is(lstatSync(file('demo.cred')).mode & 0o7777, 0o600);
    if (byteLength > 8) t.false(readFileSync(file('demo.cred')).includes(value));
  },
  title: (_, byteLength) => `a value of ${byteLength} bytes comes back, now and after opening again`,
});
test(roundTrip, 1);
test(roundTrip, 4096);
test(roundTrip, 65535);

test('values of no bytes and of 65536 bytes are refused, and nothing is written', async (t) => {
  const { vault, directory } = await vaultWithDemo(t);
  const before = snapshot(directory);
  for (const byteLength of [0, 65536]) {
    const expected = { code: 'CREDENTIAL_INVALID', message: /other/ };
    await t.throwsAsync(vault.store(other, Buffer.alloc(byteLength), { replace: false }), expected);
  }
  t.deepEqual(snapshot(directory), before);
});

test('a stored name is kept unless replacing was asked for', async (t) => {
  const { vault, value, directory } = await vaultWithDemo(t);
  const before = snapshot(directory);
  await t.throwsAsync(vault.store(demo, canary(5), { replace: false }), { code: 'CREDENTIAL_EXISTS' });
  t.deepEqual(snapshot(directory), before);
  t.true(revealed(vault).equals(value));
});

test('each replace counts one version up, and the first may be a replace', async (t) => {
  const { vault } = await vaultWithDemo(t);
  t.deepEqual(await vault.store(demo, canary(5), { replace: true }), { version: 2 });
  t.deepEqual(await vault.store(demo, canary(5), { replace: true }), { version: 3 });
  t.is(vault.find(demo)?.version, 3);
  t.deepEqual(await vault.store(other, canary(5), { replace: true }), { version: 1 });
});

test('one value stored twice leaves two unlike files', async (t) => {
  const { vault, value, file } = await vaultWithDemo(t);
  const first = readFileSync(file('demo.cred'));
  await vault.store(demo, value, { replace: true });
  t.false(readFileSync(file('demo.cred')).subarray(43).equals(first.subarray(43)));
});

test('the caller may wipe the value as soon as the call returns', async (t) => {
  const { vault } = await vaultWithDemo(t);
  const values = [canary(30), canary(30), canary(30)];
  const lent = values.map((value) => Buffer.from(value));
  const stores = lent.map((value) => {
    const stored = vault.store(demo, value, { replace: true });
    value.fill(0);
    return stored;
  });
  t.deepEqual(await Promise.all(stores), [{ version: 2 }, { version: 3 }, { version: 4 }]);
  t.true(revealed(vault).equals(values[2] ?? Buffer.alloc(0)));
});

test('of many first stores at the same moment exactly one wins', async (t) => {
  const { vault } = await vaultWithDemo(t);
  const values = Array.from({ length: 20 }, () => canary(16));
  const stores = values.map((value) => vault.store(other, value, { replace: false }));
  const outcomes = await Promise.allSettled(stores);
  t.deepEqual(
    outcomes.map(({ status }) => status),
    values.map((_, index) => (index === 0 ? 'fulfilled' : 'rejected')),
  );
  t.true(revealed(vault, other).equals(values[0] ?? Buffer.alloc(0)));
});

test('of first stores by two vaults over one directory exactly one wins', async (t) => {
  const { vault, directory } = await vaultWithDemo(t);
  const second = openAt(directory);
  for (let round = 0; round < 20; round += 1) {
    const service = parseServiceName(`round-${round}`);
    const stores = [vault, second].map((each) => each.store(service, canary(9), { replace: false }));
    const outcomes = await Promise.allSettled(stores);
    t.is(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  }
  t.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a store that fails does not hold up the next one of its service', async (t) => {
  const { vault } = await vaultWithDemo(t);
  const refused = vault.store(demo, canary(5), { replace: false });
  const next = vault.store(demo, canary(5), { replace: true });
  await t.throwsAsync(refused, { code: 'CREDENTIAL_EXISTS' });
  t.deepEqual(await next, { version: 2 });
});

test('a value that is sealed a second time leaves its locked memory wiped', async (t) => {
  const { directory } = await vaultWithDemo(t);
  const regions = watchedRegions();
  const vault = openAt(directory, regions);
  await Promise.all([1, 2, 3].map(() => vault.store(demo, canary(50), { replace: true })));
  t.is(vault.find(demo)?.version, 4);
  t.true(regions.made.length > 0);
  t.true(regions.made.every(({ isWiped, isDropped }) => isWiped && isDropped));
});

test('a version is never counted past its end', async (t) => {
  const { directory, value, file } = await vaultWithDemo(t);
  const regions = watchedRegions();
  const key = openVaultKey({ directory, regions, arena: createArena({ regions, byteLength: 4096 }) });
  const entries = new SealedEntries({ directory, regions, key });
  const last = entries.seal({ service: demo, version: 0xffffffff, updatedMs: storedAtMs }, value);
  writeFileSync(file('demo.cred'), last.bytes);
  const before = snapshot(directory);
  await t.throwsAsync(openAt(directory).store(demo, value, { replace: true }), { code: 'VAULT_UNWRITABLE' });
  t.deepEqual(snapshot(directory), before);
});

test.serial(
  'the file is on the disk before it has its name, and the name before the store is acknowledged',
  async (t) => {
    const { vault, directory, file } = await vaultWithDemo(t);
    const handle = await open(file('header'));
    const prototype: { sync(this: { fd: number }): Promise<void> } = Object.getPrototypeOf(handle);
    await handle.close();
    const { sync } = prototype;
    const synced: { what: string; isNamed: boolean }[] = [];
    prototype.sync = async function () {
      synced.push({
        what: readlinkSync(`/proc/self/fd/${this.fd}`),
        isNamed: existsSync(file('other.cred')),
      });
      return sync.call(this);
    };
    t.teardown(() => {
      prototype.sync = sync;
    });
    const stored = vault.store(other, canary(5), { replace: false }).then(() => synced.length);
    t.is(await stored, 2);
    t.deepEqual(
      synced.map(({ isNamed }) => isNamed),
      [false, true],
    );
    t.regex(synced[0]?.what ?? '', /\.new-[0-9a-f]{16}$/);
    t.is(synced[1]?.what, directory);
  },
);
