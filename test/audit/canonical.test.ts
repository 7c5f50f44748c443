import test from 'ava';
import fc from 'fast-check';
import { formatEventFields, maxLineBytes, recordPattern } from '../../src/audit/canonical.ts';
import { chainStart, sealRecord } from '../../src/audit/chain.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { createTestKeys } from './test-keys.ts';

const keys = createTestKeys();
const hostileNames: Record<string, string> = {
  'a line feed': 'line\nfeed',
  'a carriage return': 'carriage\rreturn',
  'the end of a record': '"},{"seq":1',
  'a backslash': 'back\\slash',
  'a zero byte': 'nul\u0000byte',
  'terminal escapes': '\u001b[2J\u001b]52;c;x\u0007',
  'a delete character': 'delete\u007f',
  'a C1 control': 'c1 \u009b31m',
  'bidirectional controls': 'bidi \u202e\u2066\u200f',
  'line separators': 'lines \u2028\u2029',
  'a lone surrogate': 'lone \ud800 surrogate',
  'a surrogate pair': 'pair \u{1f511}',
  'a character of no width': 'zero\u200bwidth',
};

function lineOf(event: AuditEvent): string {
  return sealRecord(formatEventFields(event, 0), false, chainStart, keys).line;
}

for (const [what, name] of Object.entries(hostileNames)) {
  test(`writes a name with ${what} as one printable line that parses back to it`, (t) => {
    const line = lineOf({ event: 'refuse', agent_id: name, reason: name });
    t.regex(line, /^[ -~]+\n$/);
    t.regex(line.slice(0, -1), recordPattern);
    const record = JSON.parse(line);
    t.is(record.agent_id, name);
    t.is(record.reason, name);
  });
}

test('any text becomes one bounded canonical line with the fields in their order', (t) => {
  const text = fc.option(fc.string({ unit: 'binary', maxLength: 300 }), { nil: undefined });
  const whole = fc.option(fc.maxSafeNat(), { nil: undefined });
  const event = fc.record({
    event: fc.constantFrom('grant' as const, 'refuse' as const),
    agent_id: text,
    session: text,
    profile: text,
    service: text,
    backend: text,
    delivery: text,
    uid: whole,
    pid: whole,
    reason: text,
    code: text,
  });
  fc.assert(
    fc.property(event, (given) => {
      const line = lineOf(given);
      const record: Record<string, unknown> = JSON.parse(line);
      const order =
        'seq ts event agent_id session profile service backend delivery uid pid reason code prev hash mac';
      return (
        recordPattern.test(line.slice(0, -1)) &&
        line.length <= maxLineBytes &&
        Object.keys(record).join(' ') === order &&
        Object.entries(given).every(([key, value]) => {
          const isLong = typeof value === 'string' && value.length > 256;
          return isLong
            ? String(record[key]).startsWith(value.slice(0, 230))
            : record[key] === (value ?? null);
        })
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('cuts a text of a million units and says how much is missing', (t) => {
  const record = JSON.parse(lineOf({ event: 'refuse', service: 'x'.repeat(1_000_000) }));
  t.is(record.service, `${'x'.repeat(230)}(+999770 more)`);
});

test('a text of 256 units is kept whole, one more is cut', (t) => {
  const service = 'y'.repeat(256);
  t.is(JSON.parse(lineOf({ event: 'refuse', service })).service, service);
  t.is(
    JSON.parse(lineOf({ event: 'refuse', service: `${service}y` })).service,
    `${'y'.repeat(230)}(+27 more)`,
  );
});

test('the longest possible record is shorter than the longest line that is read', (t) => {
  const longest = '\u202e'.repeat(256);
  const line = lineOf({
    event: 'approve',
    agent_id: longest,
    session: longest,
    profile: longest,
    service: longest,
    backend: longest,
    delivery: longest,
    uid: Number.MAX_SAFE_INTEGER,
    pid: Number.MAX_SAFE_INTEGER,
    reason: longest,
    code: longest,
  });
  t.true(line.length < maxLineBytes);
});

for (const uid of [-1, 1.5, Number.NaN, 2 ** 53]) {
  test(`refuses the uid ${uid}`, (t) => {
    t.throws(() => lineOf({ event: 'grant', uid }), { instanceOf: RangeError });
  });
}

for (const [nowMs, ts] of [
  [0, '1970-01-01T00:00:00.000Z'],
  [-5, '1970-01-01T00:00:00.000Z'],
  [1_750_000_000_123.9, '2025-06-15T15:06:40.123Z'],
  [Number.MAX_SAFE_INTEGER, '9999-12-31T23:59:59.999Z'],
] as const) {
  test(`writes the time ${nowMs} as ${ts}`, (t) => {
    t.true(formatEventFields({ event: 'start' }, nowMs).startsWith(`"ts":"${ts}",`));
  });
}

for (const [title, from, to] of [
  ['an escape in capitals', '\\u202e', '\\u202E'],
  ['an escape for a printable character', '\\u202e', '\\u0041'],
  ['a short escape', '\\u202e', '\\n'],
  ['an escaped slash', '\\u202e', '\\/'],
  ['a raw control', '\\u202e', '\u001b'],
  ['a byte beyond ASCII', '\\u202e', 'é'],
  ['white space', '"uid":', '"uid": '],
  ['a leading zero', '"uid":1000', '"uid":01000'],
  ['a sign', '"uid":1000', '"uid":-1000'],
  ['a number as text', '"uid":1000', '"uid":"1000"'],
  ['another field', ',"prev":', ',"x":1,"prev":'],
  ['a missing field', ',"code":null', ''],
  ['another order', '"uid":1000,"pid":null', '"pid":null,"uid":1000'],
  ['a repeated field', '"uid":1000', '"uid":1000,"uid":1000'],
  ['an impossible month', '"1970-01', '"1970-13'],
  ['something after it', '"}', '"} '],
] as const) {
  test(`does not accept ${title}`, (t) => {
    const line = lineOf({ event: 'grant', agent_id: 'a\u202e', uid: 1000 }).slice(0, -1);
    t.true(line.includes(from));
    t.regex(line, recordPattern);
    t.notRegex(line.replace(from, to), recordPattern);
  });
}
