import test from 'ava';
import fc from 'fast-check';
import { parseServiceName } from '../../src/core/ids.ts';
import {
  formatEntryStart,
  maxEntryByteLength,
  minEntryByteLength,
  parseEntry,
} from '../../src/vault/entry.ts';
import { formatHeader, formatIdentity, headerByteLength, parseHeader } from '../../src/vault/header.ts';
import { caught } from './support/refusals.ts';

const vaultId = Buffer.alloc(16, 5);
const place = { vaultId, service: parseServiceName('demo'), file: 'vault/demo.cred' };

const bytes = (byteLength: number) =>
  fc.uint8Array({ minLength: byteLength, maxLength: byteLength }).map((array) => Buffer.from(array));
const serviceName = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/).map(parseServiceName);

/** Any bytes, some with a right beginning, so that the later checks are reached too. */
const hostile = (beginning: Buffer) =>
  fc
    .tuple(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: beginning.length }))
    .map(([rest, kept]) => Buffer.concat([beginning.subarray(0, kept), rest]));

test('a header of any bytes is parsed or refused as corrupt, never anything else', (t) => {
  const beginning = formatHeader({
    vaultId,
    slot: { nonce: Buffer.alloc(24), wrappedKey: Buffer.alloc(48) },
  });
  fc.assert(
    fc.property(hostile(beginning), (given) => {
      const error = caught(() => t.true(formatHeader(parseHeader(given, 'vault/header')).equals(given)));
      return error === undefined || (error.code === 'VAULT_CORRUPT' && error.context.file === 'vault/header');
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('an entry of any bytes is parsed or refused as corrupt, never anything else', (t) => {
  const identity = { vaultId, service: place.service, version: 1, updatedMs: 1 };
  const beginning = formatEntryStart(identity, Buffer.alloc(24));
  fc.assert(
    fc.property(hostile(beginning), (given) => {
      const error = caught(() => {
        const entry = parseEntry(given, place);
        const again = Buffer.concat([formatEntryStart(entry, entry.nonce), entry.cipher]);
        t.true(again.equals(given));
      });
      return (
        error === undefined || (error.code === 'VAULT_CORRUPT' && error.context.file === 'vault/demo.cred')
      );
    }),
    { numRuns: 3000 },
  );
  t.pass();
});

test('an entry that was formatted is parsed to what it was made of, whatever that is', (t) => {
  const parts = fc.record({
    service: serviceName,
    version: fc.integer({ min: 1, max: 0xffffffff }),
    updatedMs: fc.maxSafeNat(),
    nonce: bytes(24),
    byteLength: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(parts, ({ service, version, updatedMs, nonce, byteLength }) => {
      const start = formatEntryStart({ vaultId, service, version, updatedMs }, nonce);
      const entry = parseEntry(Buffer.concat([start, Buffer.alloc(byteLength + 16)]), { ...place, service });
      t.like(entry, { service, version, updatedMs, byteLength });
      t.true(entry.associated.equals(start) && entry.nonce.equals(nonce));
    }),
  );
});

test('the bounds of sizes are those that the documentation states', (t) => {
  t.deepEqual([headerByteLength, minEntryByteLength, maxEntryByteLength], [100, 81, 65678]);
});

test('the identity is the beginning of the vault id', (t) => {
  t.is(formatIdentity(Buffer.from('00112233445566778899aabbccddeeff', 'hex')), 'ak-0011223344556677');
});
