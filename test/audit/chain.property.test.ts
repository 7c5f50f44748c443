import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { formatEventFields } from '../../src/audit/canonical.ts';
import { chainStart, checkLine, sealRecord } from '../../src/audit/chain.ts';
import { formatAnchor } from '../../src/audit/chain-writer.ts';
import type { AuditEvent } from '../../src/audit/event.ts';
import { scanChain } from '../../src/audit/scan.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { auditEventNames } from '../../src/core/audit-events.ts';
import { holds } from '../support/properties.ts';
import { auditDirectory, replaceLog } from './log-directory.ts';
import { createTestKeys, makeKeyedDirectory } from './test-keys.ts';

const keys = createTestKeys();
const text = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('x'.repeat(300), '\ud800', '"},{"seq":1'),
  ),
  { nil: undefined },
);
const whole = fc.option(fc.maxSafeNat(), { nil: undefined });
const event: fc.Arbitrary<AuditEvent> = fc.record({
  event: fc.constantFrom(...auditEventNames),
  ...{
    agent_id: text,
    session: text,
    profile: text,
    service: text,
    backend: text,
    delivery: text,
    reason: text,
    code: text,
  },
  ...{ uid: whole, pid: whole },
});
/** `true`: an anchor. */
const history = fc.array(fc.tuple(fc.oneof(event, fc.constant(true as const)), fc.maxSafeNat()), {
  minLength: 1,
  maxLength: 12,
});
type History = typeof history extends fc.Arbitrary<infer H> ? H : never;

interface Log {
  readonly lines: readonly string[];
  readonly head: string;
}

function write(events: History): Log {
  let end = chainStart;
  const lines = events.map(([what, atMs]) => {
    const { fields, isAnchor } =
      what === true
        ? formatAnchor('interval', atMs)
        : { fields: formatEventFields(what, atMs), isAnchor: false };
    const { line, after } = sealRecord(fields, isAnchor, end, keys);
    end = after;
    return line;
  });
  const { seq, bytes, hash, mac } = end;
  return { lines, head: `{"seq":${seq},"bytes":${bytes},"hash":"${hash}","mac":"${mac}"}\n` };
}

test('any list of events verifies', (t) =>
  holds(
    t,
    'audit-accepts',
    80,
    fc.asyncProperty(history, async (events) => {
      const { lines, head } = write(events);
      const directory = auditDirectory(t);
      makeKeyedDirectory(directory, Buffer.from(lines.join(''), 'latin1'), head);
      t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: lines.length });
    }),
  ));

type Edit = (log: string, lines: readonly string[]) => string;
const at = fc.nat();
const other = fc.nat();
const lineAt = (lines: readonly string[], place: number) => place % lines.length;
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(
    ([place, by]): Edit =>
      (log) => {
        const i = place % log.length;
        return `${log.slice(0, i)}${String.fromCharCode(log.charCodeAt(i) ^ by)}${log.slice(i + 1)}`;
      },
  ),
  fc.tuple(at, other).map(
    ([place, count]): Edit =>
      (_, lines) =>
        lines.toSpliced(lineAt(lines, place), 1 + (count % 3)).join(''),
  ),
  fc.tuple(at, other).map(
    ([place, from]): Edit =>
      (_, lines) => {
        const [a, b] = [lineAt(lines, place), lineAt(lines, from)];
        return lines
          .with(a, lines[b] ?? '')
          .with(b, lines[a] ?? '')
          .join('');
      },
  ),
  fc.tuple(at, other).map(
    ([place, from]): Edit =>
      (_, lines) =>
        lines.toSpliced(place % (lines.length + 1), 0, lines[lineAt(lines, from)] ?? '').join(''),
  ),
  fc.tuple(at, fc.string({ unit: 'binary', minLength: 1, maxLength: 9 })).map(
    ([place, more]): Edit =>
      (log) => {
        const i = place % (log.length + 1);
        return log.slice(0, i) + Buffer.from(more).toString('latin1') + log.slice(i);
      },
  ),
  at.map(
    (place): Edit =>
      (log) =>
        log.slice(0, place % log.length),
  ),
);

/** The number of the record in which two logs first differ. */
function firstDifference(one: string, other_: string): number {
  let place = 0;
  while (place < one.length && one[place] === other_[place]) place += 1;
  return one.slice(0, place).split('\n').length;
}

test('any single edit is rejected, and the record that is named stands at or before it', async (t) => {
  const directory = auditDirectory(t);
  makeKeyedDirectory(directory);
  await holds(
    t,
    'audit-rejects',
    600,
    fc.asyncProperty(history, edit, async (events, change) => {
      const { lines, head } = write(events);
      const log = lines.join('');
      const edited = change(log, lines);
      fc.pre(edited !== log);
      const position = JSON.parse(head);
      const bytes = Buffer.from(edited, 'latin1');
      const found = await scanChain({
        source: { read: async (into, from) => bytes.copy(into, 0, from) },
        keys,
        from: chainStart,
        head: position,
      });
      const seq = found.kind === 'broken' ? found.seq : found.tornBytes > 0 ? found.end.seq + 1 : Number.NaN;
      t.true(seq <= firstDifference(log, edited), `${seq}: ${JSON.stringify(found)}`);
    }),
  );
});

test('any line is a record or is refused by a rule, and is left as it was', (t) => {
  const sealed = write([[{ event: 'grant' }, 0]]).lines[0] ?? '';
  const piece = fc.oneof(
    fc.constant(Buffer.from(sealed.slice(0, -1))),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(at, at).map(([from, to]) => Buffer.from(sealed.slice(from % sealed.length, to % sealed.length))),
  );
  return holds(
    t,
    'audit-line',
    2000,
    fc.property(
      fc.array(piece, { maxLength: 3 }).map((parts) => Buffer.concat(parts)),
      (line) => {
        const before = Buffer.from(line);
        const found = checkLine(line, keys);
        return line.equals(before) && (typeof found === 'string' || `${before}\n` === sealed);
      },
    ),
  );
});

test('the independent verifier says the same of edited logs', async (t) => {
  const stranger = fileURLToPath(new URL('verify.py', import.meta.url));
  const samples = fc.sample(fc.tuple(history, edit, fc.boolean()), 60).map(([events, change, isEdited]) => {
    const { lines, head } = write(events);
    const directory = auditDirectory(t);
    makeKeyedDirectory(directory, undefined, head);
    replaceLog(directory, Buffer.from(isEdited ? change(lines.join(''), lines) : lines.join(''), 'latin1'));
    return directory;
  });
  const ours = await Promise.all(
    samples.map(async (directory) => {
      const verdict = await verifyAuditLog({ directory });
      // The stranger checks no signatures.
      return verdict.kind === 'ok' ? `ok ${verdict.records}` : `broken ${verdict.seq} ${verdict.rule}`;
    }),
  );
  const said = await promisify(execFile)('python3', [stranger, ...samples]).catch((error) => error);
  t.deepEqual(
    String(said.stdout)
      .split('\n')
      .slice(0, -1)
      .filter((_, index) => !ours[index]?.includes('sig does')),
    ours.filter((verdict) => !verdict.includes('sig does')),
  );
});
