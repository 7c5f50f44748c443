import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { caught } from './support/refusals.ts';
import { canary, copyOf, demo, openAt, vaultWithDemo, watchedRegions } from './support/test-vault.ts';

test('a file that has not changed is read once, however often it is asked for', async (t) => {
  const { directory } = await vaultWithDemo(t);
  const regions = watchedRegions();
  const vault = openAt(directory, regions);
  const first = vault.find(demo);
  // Each read of an entry takes locked memory for a moment: counting it counts reads.
  const reads = regions.made.length;
  for (let round = 0; round < 10; round += 1) t.is(vault.find(demo), first);
  t.is([...vault.list()].length, 1);
  t.is(regions.made.length, reads);
});

test('a store is seen by the next question', async (t) => {
  const { vault } = await vaultWithDemo(t);
  for (let version = 2; version < 40; version += 1) {
    await vault.store(demo, canary(21), { replace: true });
    t.is(vault.find(demo)?.version, version);
  }
});

test('a file that another program replaced is seen by the next question', async (t) => {
  const { vault, directory, file } = await vaultWithDemo(t);
  const older = readFileSync(`${copyOf(t, directory)}/demo.cred`);
  await vault.store(demo, canary(40), { replace: true });
  t.is(vault.find(demo)?.byteLength, 40);
  writeFileSync(file('demo.cred'), older);
  t.is(vault.find(demo)?.byteLength, 21);
});

test('a change in place is seen although size and modification time are set back', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  // A whole second can be set back exactly, unlike the nanoseconds that the file came with.
  utimesSync(file('demo.cred'), 1_766_000_000, 1_766_000_000);
  t.is(vault.find(demo)?.version, 1);
  const bytes = readFileSync(file('demo.cred'));
  bytes.writeUInt32BE(9, 26);
  writeFileSync(file('demo.cred'), bytes);
  utimesSync(file('demo.cred'), 1_766_000_000, 1_766_000_000);
  t.is(caught(() => vault.find(demo))?.code, 'VAULT_CORRUPT');
});

test('a value of another length than was measured is refused, and the memory is left alone', async (t) => {
  const { vault } = await vaultWithDemo(t);
  for (const byteLength of [20, 22, 0]) {
    const into = Buffer.alloc(byteLength, 0x2a);
    t.throws(() => vault.reveal(demo, into), { code: 'CREDENTIAL_CHANGED' });
    t.true(into.every((byte) => byte === 0x2a));
  }
});

test('absent is a value for find and an error for reveal', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  t.is(vault.find(demo)?.version, 1);
  rmSync(file('demo.cred'));
  t.is(vault.find(demo), undefined);
  t.throws(() => vault.reveal(demo, Buffer.alloc(21)), { code: 'CREDENTIAL_MISSING' });
  t.deepEqual([...vault.list()], []);
});

test('files that no credential can be named after are not listed', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  for (const name of ['Demo.cred', '.cred', 'demo.cred.bak', 'notes']) writeFileSync(file(name), 'x');
  t.deepEqual(
    [...vault.list()].map(({ service }) => service),
    [demo],
  );
});

test.serial(
  'reading leaves no descriptor open and no locked memory mapped, also when it fails',
  async (t) => {
    const { directory, file } = await vaultWithDemo(t);
    const regions = watchedRegions();
    const vault = openAt(directory, regions);
    vault.open();
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 50; round += 1) vault.reveal(demo, Buffer.alloc(21));
    writeFileSync(file('demo.cred'), 'broken');
    for (let round = 0; round < 50; round += 1) t.throws(() => vault.find(demo), { code: 'VAULT_CORRUPT' });
    t.is(readdirSync('/proc/self/fd').length, before);
    t.true(regions.made.every(({ isWiped, isDropped }) => isWiped && isDropped));
  },
);
