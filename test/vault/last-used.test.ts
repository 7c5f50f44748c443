import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { loadAddon } from '../../src/native/addon.ts';
import { createRegions } from '../../src/native/regions.ts';
import { createArena } from '../../src/secret/arena.ts';
import type { Vault } from '../../src/vault/contract.ts';
import { createVault } from '../../src/vault/vault.ts';
import { createManualClock } from '../audit/manual-clock.ts';
import { canary, demo, other, revealed, vaultWithDemo } from './support/test-vault.ts';

async function prepare(t: ExecutionContext) {
  const { directory, file } = await vaultWithDemo(t);
  const clock = createManualClock();
  const warnings: string[] = [];
  const open = (): Vault => {
    const regions = createRegions({ addon: loadAddon() });
    const arena = createArena({ regions, byteLength: 4096 });
    return createVault({ directory, clock, arena, regions, log: { warn: (event) => warnings.push(event) } });
  };
  return { vault: open(), open, clock, warnings, path: file('last-used.json') };
}

const times = (vault: Vault) =>
  Object.fromEntries([...vault.list()].map(({ service, lastUsedMs }) => [service, lastUsedMs]));

test('a reveal is noted, also for the next process', async (t) => {
  const { vault, open, clock, path } = await prepare(t);
  await vault.store(other, canary(5), { replace: false });
  t.deepEqual(times(vault), { demo: undefined, other: undefined });
  revealed(vault);
  t.deepEqual(times(vault), { demo: clock.nowMs(), other: undefined });
  await vault.close();
  t.is(clock.pending, 0, 'nothing waits for its time any more');
  t.deepEqual(times(open()), { demo: clock.nowMs(), other: undefined });
  t.is(lstatSync(path).mode & 0o7777, 0o600);
  t.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { demo: new Date(clock.nowMs()).toISOString() });
});

test('many reveals make one write, a second after the first', async (t) => {
  const { vault, clock, path } = await prepare(t);
  for (let round = 0; round < 50; round++) revealed(vault);
  t.is(clock.pending, 1);
  clock.advance(999);
  t.false(existsSync(path));
  clock.advance(1);
  t.is(clock.pending, 0);
  await vault.close();
  const { mtimeNs } = lstatSync(path, { bigint: true });
  await vault.close();
  t.is(lstatSync(path, { bigint: true }).mtimeNs, mtimeNs, 'nothing new, nothing written');
});

test('looking is not using', async (t) => {
  const { vault, clock } = await prepare(t);
  vault.find(demo);
  t.deepEqual(times(vault), { demo: undefined });
  t.is(clock.pending, 0);
});

test('a name that was removed has no past', async (t) => {
  const { vault, open } = await prepare(t);
  revealed(vault);
  await vault.remove(demo, async () => {});
  await vault.store(demo, canary(5), { replace: false });
  t.deepEqual(times(vault), { demo: undefined });
  await vault.close();
  t.deepEqual(times(open()), { demo: undefined });
});

test('a name whose file somebody removed has no past once it is stored again', async (t) => {
  const { vault, open, path } = await prepare(t);
  writeFileSync(path, '{"other":"2026-11-22T10:00:00.000Z"}', { mode: 0o600 });
  await vault.store(other, canary(5), { replace: false });
  t.deepEqual(times(vault), { demo: undefined, other: undefined });
  await vault.close();
  t.deepEqual(times(open()), { demo: undefined, other: undefined });
});

const unbelievable: readonly (readonly [string, (path: string) => void])[] = [
  ['no JSON', (path) => writeFileSync(path, '{"demo":', { mode: 0o600 })],
  ['null', (path) => writeFileSync(path, 'null', { mode: 0o600 })],
  ['an empty list', (path) => writeFileSync(path, '[]', { mode: 0o600 })],
  ['no object', (path) => writeFileSync(path, '["demo"]', { mode: 0o600 })],
  ['a number', (path) => writeFileSync(path, '{"demo":5}', { mode: 0o600 })],
  ['no date', (path) => writeFileSync(path, '{"demo":"yesterday"}', { mode: 0o600 })],
  ['another form of date', (path) => writeFileSync(path, '{"demo":"2026-11-22"}', { mode: 0o600 })],
  ['no name', (path) => writeFileSync(path, '{"__proto__":"2026-11-22T10:00:00.000Z"}', { mode: 0o600 })],
  ['empty', (path) => writeFileSync(path, '', { mode: 0o600 })],
  [
    'huge',
    (path) => {
      const text = '{"demo":"2026-11-22T10:00:00.000Z"}';
      writeFileSync(path, text.padEnd(1_048_577), { mode: 0o600 });
    },
  ],
  [
    'too open',
    (path) => {
      writeFileSync(path, '{"demo":"2026-11-22T10:00:00.000Z"}');
      chmodSync(path, 0o644);
    },
  ],
  [
    'a link',
    (path) => {
      writeFileSync(`${path}.real`, '{"demo":"2026-11-22T10:00:00.000Z"}', { mode: 0o600 });
      symlinkSync(`${path}.real`, path);
    },
  ],
];

for (const [what, spoil] of unbelievable) {
  test(`a file that is ${what} is ignored with a word in the log, and replaced by the next write`, async (t) => {
    const { vault, open, clock, warnings, path } = await prepare(t);
    spoil(path);
    t.deepEqual(times(vault), { demo: undefined });
    t.deepEqual(warnings, ['vault.last_used_ignored']);
    t.is(revealed(vault).length, 21);
    await vault.close();
    t.deepEqual(times(open()), { demo: clock.nowMs() });
  });
}

test('a file that cannot be written refuses nothing', async (t) => {
  const { vault, warnings, path } = await prepare(t);
  t.is(revealed(vault).length, 21);
  const directory = path.replace('/last-used.json', '');
  renameSync(directory, `${directory}-away`);
  symlinkSync(`${directory}-away`, directory);
  await vault.close();
  t.deepEqual(warnings, ['vault.last_used_unwritten']);
  t.false(existsSync(path));
});
