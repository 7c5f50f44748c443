import test from 'ava';
import {
  findByteSize,
  findDurationMs,
  formatByteSize,
  formatDuration,
  maxDurationMs,
} from '../../src/core/quantities.ts';

const lasts = test.macro((t, text: string, ms: number | undefined) => {
  t.is(findDurationMs(text), ms);
});

test('milliseconds', lasts, '5ms', 5);
test('seconds', lasts, '90s', 90_000);
test('minutes', lasts, '10m', 600_000);
test('hours', lasts, '24h', 86_400_000);
test('days', lasts, '365d', maxDurationMs);
test('nothing lasts longer than a year', lasts, '366d', undefined);
test('nothing lasts no time', lasts, '0s', undefined);
for (const text of [
  '',
  's',
  '5',
  '5 s',
  ' 5s',
  '5s ',
  '5S',
  '-5s',
  '+5s',
  '1.5h',
  '1h30m',
  '1e3s',
  '5y',
  '５s',
])
  test(`'${text}' is no duration`, lasts, text, undefined);
test('a number without end is no duration', lasts, `${'9'.repeat(100_000)}s`, undefined);
test('a unit that every object has is none', lasts, '5toString', undefined);

const holds = test.macro((t, text: string, bytes: number | undefined) => {
  t.is(findByteSize(text), bytes);
});

test('bytes', holds, '1B', 1);
test('decimal units', holds, '2GB', 2_000_000_000);
test('binary units', holds, '2GiB', 2_147_483_648);
test('more bytes than can be counted exactly', holds, '9008TB', undefined);
test('the most bytes that can be counted exactly', holds, '9007199254740991B', undefined);
for (const text of ['', '0B', '2', '2gb', '2 GB', '1.5GB', '-1B', 'GB'])
  test(`'${text}' is no size`, holds, text, undefined);

for (const [text, shortest] of [
  ['1ms', '1ms'],
  ['1000ms', '1s'],
  ['90s', '90s'],
  ['3600s', '1h'],
  ['48h', '2d'],
] as const) {
  test(`${text} is written as ${shortest}, and read back as the same`, (t) => {
    const ms = findDurationMs(text) ?? 0;
    t.is(formatDuration(ms), shortest);
    t.is(findDurationMs(shortest), ms);
  });
}

for (const [text, shortest] of [
  ['1B', '1B'],
  ['2000MB', '2GB'],
  ['2048MiB', '2GiB'],
  ['1001B', '1001B'],
] as const) {
  test(`${text} is written as ${shortest}, and read back as the same`, (t) => {
    const bytes = findByteSize(text) ?? 0;
    t.is(formatByteSize(bytes), shortest);
    t.is(findByteSize(shortest), bytes);
  });
}
