import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/native/addon.ts';
import { isNativeError } from '../../src/native/native-error.ts';
import { createRegions, type Region } from '../../src/native/regions.ts';
import { randomBytes } from '../../src/secret/aead.ts';
import { countDescriptors, descriptorFlags, secretMappings } from '../support/process-facts.ts';
import { runFixture } from '../support/run-fixture.ts';

const addon = loadAddon();
const regions = createRegions({ addon });
const fallbackRegions = createRegions({ addon, forceFallback: true });

/** The bytes of a fallback region as another holder of its memory sees them. */
function bytesBehind(fd: number, byteLength: number): Buffer {
  const seen = Buffer.alloc(byteLength);
  readSync(fd, seen, 0, byteLength, 0);
  return seen;
}

function dropAtEnd(t: ExecutionContext, region: Region): Region {
  t.teardown(() => region.drop());
  return region;
}

const isInternal = (error: unknown): boolean => isAgentKeysError(error) && error.code === 'INTERNAL';

test.serial('a region appears among the mappings, and mapping and descriptor are gone after drop', (t) => {
  const [mappings, descriptors] = [secretMappings().length, countDescriptors()];
  const region = regions.create(100);
  t.is(secretMappings().length, mappings + 1);
  t.is(countDescriptors(), descriptors + 1);
  t.true(descriptorFlags(region.descriptor).isCloseOnExec);
  region.drop();
  t.is(secretMappings().length, mappings);
  t.is(countDescriptors(), descriptors);
  t.false(region.isOpen);
});

test.serial('the kernel of this machine gives memfd_secret or the region says that it does not', (t) => {
  const region = dropAtEnd(t, regions.create(1));
  const [mapping] = secretMappings();
  t.is(region.kind, mapping?.name.includes('secretmem') ? 'secretmem' : 'locked');
});

for (const [name, source] of [
  ['region', regions],
  ['fallback region', fallbackRegions],
] as const) {
  test.serial(`a ${name} is locked, left out of dumps and kept from forked children`, (t) => {
    const region = dropAtEnd(t, source.create(5000));
    t.is(region.byteLength, 8192);
    const [mapping, ...others] = secretMappings();
    t.deepEqual(others, []);
    for (const flag of ['lo', 'dd', 'dc'])
      t.true(mapping?.flags.includes(flag), `${flag}: ${mapping?.flags}`);
  });
}

test.serial('wiping zeroes the memory for everybody who holds it', (t) => {
  const region = dropAtEnd(t, fallbackRegions.create(4096));
  const canary = randomBytes(64);
  region.use((bytes) => bytes.set(canary, 1000));
  t.deepEqual(bytesBehind(region.descriptor, 4096).subarray(1000, 1064), canary);
  region.wipe();
  t.deepEqual(bytesBehind(region.descriptor, 4096), Buffer.alloc(4096));
});

test.serial('dropping does not wipe: the bytes belong to the holder of the descriptor', (t) => {
  const region = fallbackRegions.create(4096);
  const canary = randomBytes(64);
  region.use((bytes) => bytes.set(canary));
  const holder = openSync(`/proc/self/fd/${region.descriptor}`, 'r');
  t.teardown(() => closeSync(holder));
  region.drop();
  t.deepEqual(bytesBehind(holder, 64), canary);
});

test.serial('a region that nobody dropped is wiped, unmapped and closed by the collector', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') return t.fail('no collector to call');
  const [mappings, descriptors] = [secretMappings().length, countDescriptors()];
  const holder = forgetRegion();
  t.teardown(() => closeSync(holder));
  t.is(secretMappings().length, mappings + 1);
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await nextTurn();
  }
  t.is(secretMappings().length, mappings);
  t.is(countDescriptors(), descriptors + 1);
  t.deepEqual(bytesBehind(holder, 64), Buffer.alloc(64));
});

function forgetRegion(): number {
  const region = fallbackRegions.create(64);
  region.use((bytes) => bytes.fill(1));
  return openSync(`/proc/self/fd/${region.descriptor}`, 'r');
}

test('a view kept from use is detached, also when the callback throws', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  const kept: Buffer[] = [];
  t.is(
    region.use((bytes) => kept.push(bytes, bytes.subarray(8))),
    2,
  );
  t.throws(
    () =>
      region.use((bytes) => {
        kept.push(bytes);
        throw new Error('from the callback');
      }),
    { message: 'from the callback' },
  );
  t.is(kept.length, 3);
  for (const view of kept) t.is(view.byteLength, 0);
  t.is(
    region.use((bytes) => bytes.length),
    region.byteLength,
  );
});

test('what was written is there in the next use', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  const canary = randomBytes(64);
  region.use((bytes) => bytes.set(canary));
  t.true(region.use((bytes) => canary.equals(bytes.subarray(0, 64))));
});

test('lent bytes and regions print as a placeholder', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  const print = (value: unknown): string[] => [
    String(value),
    `${value}`,
    JSON.stringify(value),
    inspect(value),
  ];
  const expected = ['[secret]', '[secret]', '"[secret]"', '[secret]'];
  t.deepEqual(print(region), expected);
  region.use((bytes) => {
    for (const view of [bytes, bytes.subarray(3, 9), bytes.slice(3)]) {
      t.deepEqual(print(view), expected);
      t.is(view.toString('hex'), '[secret]');
    }
  });
});

test('the kernel moves bytes from a pipe into a region and back out', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  const [reader, writer] = addon.pipe();
  t.teardown(() => addon.close(reader));
  const canary = randomBytes(32);
  t.is(region.readFrom(0, reader), -1);
  writeSync(writer, canary);
  t.is(region.readFrom(16, reader), 32);
  t.is(region.writeTo(16, 32, writer), 32);
  const back = Buffer.alloc(64);
  t.is(readSync(reader, back), 32);
  t.deepEqual(back.subarray(0, 32), canary);
  addon.close(writer);
  t.is(region.readFrom(0, reader), 0);
});

test('a full pipe would block, and one without a reader is an error', (t) => {
  const region = dropAtEnd(t, regions.create(1 << 20));
  const [reader, writer] = addon.pipe();
  t.teardown(() => addon.close(writer));
  const taken = region.writeTo(0, region.byteLength, writer);
  t.true(taken > 0 && taken < region.byteLength);
  t.is(region.writeTo(0, 1, writer), -1);
  addon.close(reader);
  t.true(isNativeError(t.throws(() => region.writeTo(0, 1, writer), { message: 'write: EPIPE' })));
});

test('offsets and lengths outside the region are refused', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  const [reader, writer] = addon.pipe();
  t.teardown(() => [reader, writer].forEach(addon.close));
  for (const offset of [
    -1,
    region.byteLength,
    region.byteLength + 1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])
    t.true(isInternal(t.throws(() => region.readFrom(offset, reader))), String(offset));
  for (const [offset, length] of [
    [0, region.byteLength + 1],
    [1, region.byteLength],
    [-1, 1],
    [0, -1],
  ] as const)
    t.true(isInternal(t.throws(() => region.writeTo(offset, length, writer))), `${offset} ${length}`);
});

test('a dropped region refuses to be used; dropping, wiping and sealing it again do nothing', (t) => {
  const region = regions.create(64);
  for (const again of [1, 2]) {
    region.drop();
    region.wipe();
    region.seal();
    t.false(region.isOpen, String(again));
  }
  t.true(isInternal(t.throws(() => region.use(() => t.fail()))));
  t.true(isInternal(t.throws(() => region.readFrom(0, 0))));
  t.true(isInternal(t.throws(() => region.descriptor)));
});

test.serial('a sealed region keeps its bytes and has no descriptor', (t) => {
  const descriptors = countDescriptors();
  const region = dropAtEnd(t, regions.create(64));
  region.seal();
  t.is(countDescriptors(), descriptors);
  t.true(isInternal(t.throws(() => region.descriptor)));
  region.use((bytes) => bytes.fill(7));
  t.is(
    region.use((bytes) => bytes.at(63)),
    7,
  );
});

test('a region cannot be dropped while its bytes are lent', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  t.true(isInternal(t.throws(() => region.use(() => region.drop()))));
  t.true(region.isOpen);
});

test('asynchronous use is refused', (t) => {
  const region = dropAtEnd(t, regions.create(64));
  t.true(isInternal(t.throws(() => region.use(async () => undefined))));
});

test('regions of no bytes and of too many are refused', (t) => {
  for (const byteLength of [0, -1, 1.5, Number.NaN, 64 * 1024 * 1024 + 1])
    t.true(isInternal(t.throws(() => regions.create(byteLength))), String(byteLength));
});

test('other values are not taken for regions', (t) => {
  const stranger: never[] = [];
  for (const value of [undefined, {}, 1, stranger])
    t.throws(() => Reflect.apply(addon.regionWipe, addon, [value]), { message: /not a valid argument/ });
});

test('at the limit of locked memory both kinds fail with SECRET_MEMORY, never with ordinary memory', async (t) => {
  const withoutPrivilege =
    process.getuid?.() === 0 ? ['setpriv', '--inh-caps', '-ipc_lock', '--bounding-set', '-ipc_lock'] : [];
  const limited = [...withoutPrivilege, 'sh', '-c', 'ulimit -l 512; exec "$@"', 'sh'];
  const { stdout, stderr } = await runFixture('native/limit-locked-memory.ts', limited);
  t.is(stdout, 'SECRET_MEMORY\nSECRET_MEMORY\n', stderr);
});

test('moving lent bytes to another buffer ends the process', async (t) => {
  const { signal, stdout, stderr } = await runFixture('native/move-secret-bytes.ts');
  t.is(signal, 'SIGABRT');
  t.is(stdout, '');
  t.regex(stderr, /secret bytes left their region/);
});
