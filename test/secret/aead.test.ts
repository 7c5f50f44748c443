import test from 'ava';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/native/addon.ts';
import { createRegions } from '../../src/native/regions.ts';
import { fillRandom, openInto, randomBytes, sealInto } from '../../src/secret/aead.ts';
import { createSecret } from '../../src/secret/secret.ts';

const regions = createRegions({ addon: loadAddon() });

interface Sealed {
  key: Buffer;
  nonce: Buffer;
  associated: Buffer;
  cipher: Buffer;
}

function sealCanary(plain: Buffer): Sealed {
  const [key, nonce, associated] = [randomBytes(32), randomBytes(24), randomBytes(10)];
  return { key, nonce, associated, cipher: sealInto({ plain, key, nonce, associated }) };
}

test('a value goes from one region to another through the cipher, under a key in a third', (t) => {
  const canary = randomBytes(100);
  const key = createSecret(regions, 32, fillRandom);
  const plain = createSecret(regions, 100, (bytes) => bytes.set(canary));
  const [nonce, associated] = [randomBytes(24), Buffer.from('demo')];
  const cipher = plain.use((from) =>
    key.use((bytes) => sealInto({ plain: from, key: bytes, nonce, associated })),
  );
  t.is(cipher.length, 116);
  t.false(cipher.includes(canary.subarray(0, 16)));
  const opened = createSecret(regions, 100, (into) => {
    t.true(key.use((bytes) => openInto({ cipher, key: bytes, nonce, associated, into })));
  });
  t.true(opened.use((bytes) => canary.equals(bytes)));
  for (const secret of [key, plain, opened]) secret.wipe();
});

test('an empty text and empty associated data seal and open', (t) => {
  const [key, nonce, empty] = [randomBytes(32), randomBytes(24), Buffer.alloc(0)];
  const cipher = sealInto({ plain: empty, key, nonce, associated: empty });
  t.is(cipher.length, 16);
  t.true(openInto({ cipher, key, nonce, associated: empty, into: Buffer.alloc(0) }));
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

const refuses = test.macro<[change: (sealed: Sealed) => Partial<Sealed>]>({
  exec(t, change) {
    const sealed = sealCanary(randomBytes(40));
    const into = Buffer.alloc(40, 0xee);
    t.false(openInto({ ...sealed, ...change(sealed), into }));
    t.deepEqual(into, Buffer.alloc(40));
  },
  title: (given = '') => `refuses and wipes: ${given}`,
});

test('another key', refuses, () => ({ key: randomBytes(32) }));
test('another nonce', refuses, () => ({ nonce: randomBytes(24) }));
test('other associated data', refuses, () => ({ associated: randomBytes(10) }));
test('no associated data', refuses, () => ({ associated: Buffer.alloc(0) }));
test('a flipped bit in the text', refuses, ({ cipher }) => ({ cipher: flipped(cipher, 0) }));
test('a flipped bit in the tag', refuses, ({ cipher }) => ({ cipher: flipped(cipher, cipher.length - 1) }));
test('a cut text', refuses, ({ cipher }) => ({ cipher: cipher.subarray(1) }));
test('less than a tag', refuses, ({ cipher }) => ({ cipher: cipher.subarray(0, 15) }));

test('a refused value leaves nothing in the region it was meant for', (t) => {
  const sealed = sealCanary(randomBytes(40));
  const region = regions.create(64);
  region.use((bytes) => bytes.fill(0xee));
  t.false(region.use((bytes) => openInto({ ...sealed, key: randomBytes(32), into: bytes.subarray(0, 40) })));
  t.true(region.use((bytes) => bytes.subarray(0, 40).every((byte) => byte === 0)));
  region.drop();
});

test('keys and nonces of a wrong length are a mistake of ours, not of the text', (t) => {
  const sealed = sealCanary(randomBytes(40));
  for (const change of [{ key: randomBytes(31) }, { nonce: randomBytes(12) }]) {
    const error = t.throws(() => openInto({ ...sealed, ...change, into: Buffer.alloc(40) }));
    t.true(isAgentKeysError(error) && error.code === 'INTERNAL');
  }
});

test('random bytes differ', (t) => {
  t.notDeepEqual(randomBytes(32), randomBytes(32));
  t.is(randomBytes(0).length, 0);
});
