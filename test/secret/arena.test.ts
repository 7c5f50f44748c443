import { inspect } from 'node:util';
import test from 'ava';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/native/addon.ts';
import { createRegions } from '../../src/native/regions.ts';
import { randomBytes } from '../../src/secret/aead.ts';
import { createArena } from '../../src/secret/arena.ts';
import { countDescriptors, secretMappings } from '../support/process-facts.ts';

const regions = createRegions({ addon: loadAddon() });
const isCode = (code: string, error: unknown): boolean => isAgentKeysError(error) && error.code === code;

test.serial('an arena is one mapping without a descriptor, however many keys it holds', (t) => {
  const [mappings, descriptors] = [secretMappings().length, countDescriptors()];
  const arena = createArena({ regions });
  for (let count = 0; count < 10; count++) arena.allocate(32);
  t.is(secretMappings().length, mappings + 1);
  t.is(countDescriptors(), descriptors);
  arena.wipe();
  arena.wipe();
  t.is(secretMappings().length, mappings);
});

test('keys do not overlap', (t) => {
  const arena = createArena({ regions, byteLength: 4096 });
  t.teardown(() => arena.wipe());
  const keys = [1, 32, 64, 65].map((byteLength) => ({
    bytes: randomBytes(byteLength),
    slot: arena.allocate(byteLength),
  }));
  for (const { bytes, slot } of keys) slot.use((place) => place.set(bytes));
  for (const { bytes, slot } of keys) t.true(slot.use((place) => bytes.equals(place)));
});

test('a wiped key refuses to be used, leaves its neighbours alone, and its place comes back zeroed', (t) => {
  const arena = createArena({ regions, byteLength: 4096 });
  t.teardown(() => arena.wipe());
  const [first, second] = [arena.allocate(32), arena.allocate(32)];
  for (const slot of [first, second]) slot.use((bytes) => bytes.fill(7));
  first.wipe();
  first.wipe();
  t.true(
    isCode(
      'INTERNAL',
      t.throws(() => first.use(() => t.fail())),
    ),
  );
  t.true(second.use((bytes) => bytes.every((byte) => byte === 7)));
  t.true(arena.allocate(32).use((bytes) => bytes.every((byte) => byte === 0)));
});

test('a full arena refuses, and has room again after a key is wiped', (t) => {
  const arena = createArena({ regions, byteLength: 4096 });
  t.teardown(() => arena.wipe());
  const slots = Array.from({ length: 64 }, () => arena.allocate(32));
  t.true(
    isCode(
      'SECRET_MEMORY',
      t.throws(() => arena.allocate(32)),
    ),
  );
  slots[5]?.wipe();
  t.notThrows(() => arena.allocate(32));
  t.true(
    isCode(
      'SECRET_MEMORY',
      t.throws(() => arena.allocate(32)),
    ),
  );
});

test('after the arena is wiped its keys are over', (t) => {
  const arena = createArena({ regions, byteLength: 4096 });
  const slot = arena.allocate(32);
  arena.wipe();
  t.true(
    isCode(
      'INTERNAL',
      t.throws(() => slot.use(() => t.fail())),
    ),
  );
  t.notThrows(() => slot.wipe());
});

test('keys of no bytes are refused, and keys print as a placeholder', (t) => {
  const arena = createArena({ regions, byteLength: 4096 });
  t.teardown(() => arena.wipe());
  for (const byteLength of [0, -1, 0.5, Number.NaN])
    t.true(
      isCode(
        'INTERNAL',
        t.throws(() => arena.allocate(byteLength)),
      ),
    );
  const slot = arena.allocate(32);
  t.deepEqual([String(slot), JSON.stringify(slot), inspect(slot)], ['[secret]', '"[secret]"', '[secret]']);
});
