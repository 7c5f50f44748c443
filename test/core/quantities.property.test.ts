import test from 'ava';
import fc from 'fast-check';
import { findByteSize, findDurationMs, maxDurationMs } from '../../src/core/quantities.ts';
import { holds } from '../support/properties.ts';

const durations: Readonly<Record<string, bigint>> = {
  ms: 1n,
  s: 1000n,
  m: 60_000n,
  h: 3_600_000n,
  d: 86_400_000n,
};
const sizes: Readonly<Record<string, bigint>> = {
  ...{ B: 1n, KB: 10n ** 3n, MB: 10n ** 6n, GB: 10n ** 9n, TB: 10n ** 12n },
  ...{ KiB: 2n ** 10n, MiB: 2n ** 20n, GiB: 2n ** 30n, TiB: 2n ** 40n },
};

/** With numbers that no rounding can spoil. */
function expected(text: string, units: Readonly<Record<string, bigint>>, most: bigint): number | undefined {
  const [, digits, unit] = /^([0-9]{1,15})([A-Za-z]+)$/.exec(text) ?? [];
  const factor = unit !== undefined && Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (digits === undefined || factor === undefined) return undefined;
  const value = BigInt(digits) * factor;
  return value >= 1n && value <= most ? Number(value) : undefined;
}

const unit = fc.oneof(
  fc.constantFrom(
    ...Object.keys(durations),
    ...Object.keys(sizes),
    '',
    'S',
    'kb',
    'GBs',
    'constructor',
    ' s',
  ),
  fc.string({ maxLength: 3 }),
);
const digits = fc.oneof(
  fc.nat().map(String),
  fc.bigInt({ min: 0n, max: 10n ** 16n }).map(String),
  fc.constantFrom(
    '0',
    '00',
    '007',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '٣',
    '365',
    '366',
    '31536000',
    '9007199254740991',
    '9007199254740992',
    '',
  ),
);

test('a quantity is exactly the number that it says, or none', (t) =>
  holds(
    t,
    'quantity',
    5000,
    fc.property(digits, unit, fc.constantFrom('', '', '', '\n', ' '), (number, name, tail) => {
      const text = `${number}${name}${tail}`;
      t.is(findDurationMs(text), expected(text, durations, BigInt(maxDurationMs)));
      t.is(findByteSize(text), expected(text, sizes, BigInt(Number.MAX_SAFE_INTEGER)));
    }),
  ));
