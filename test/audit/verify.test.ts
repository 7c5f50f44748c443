import { createHash, createHmac } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import {
  auditDirectory,
  grant,
  joinLines,
  logOptions,
  readLines,
  readLog,
  replaceLog,
  writeLog,
} from './log-directory.ts';

/** Records 1 and 12 are anchors, 2 to 11 grants. */
const GRANTS = 10;
const LAST = GRANTS + 2;

function change(line: string | undefined, from: string, to: string): string {
  if (!line?.includes(from)) throw new Error(`the record has no ${from}`);
  return line.replace(from, to);
}

/** Another digit right behind the text. */
function flipBehind(line: string | undefined, behind: string): string {
  const at = (line?.indexOf(behind) ?? -1) + behind.length;
  if (line === undefined || at < behind.length) throw new Error(`the record has no ${behind}`);
  return `${line.slice(0, at)}${line[at] === '1' ? '2' : '1'}${line.slice(at + 1)}`;
}

/** As somebody does who knows the format but not the keys: the hash is right again. */
function rehash(line: string): string {
  const body = line.slice(0, line.indexOf(',"hash":'));
  const hash = createHash('sha256').update(`${body}}`).digest('hex');
  return `${body},"hash":"${hash}${line.slice(line.indexOf('","mac":'))}`;
}

/** As somebody does who has the MAC key too. */
function reseal(line: string, key: Buffer): string {
  const hashed = rehash(line);
  const hash = hashed.slice(hashed.indexOf('"hash":"') + 8).slice(0, 64);
  const mac = createHmac('sha256', key).update(Buffer.from(hash, 'hex')).digest('hex');
  return `${hashed.slice(0, hashed.indexOf('"mac":"') + 7)}${mac}"}`;
}

const form = 'the line is not a canonical record';
const seq = 'seq is not the next number';
const short = 'the log ends before its head';

const edits: Record<string, [(lines: string[]) => string[], number, string]> = {
  'a changed name': [
    (lines) => lines.with(4, change(lines[4], 'anthropic', 'anthropid')),
    5,
    'hash does not match the line',
  ],
  'a changed time': [
    (lines) => lines.with(4, change(lines[4], '"ts":"2', '"ts":"3')),
    5,
    'hash does not match the line',
  ],
  'a changed MAC': [
    (lines) => lines.with(4, flipBehind(lines[4], '"mac":"')),
    5,
    'mac does not match the hash',
  ],
  'a changed name with its hash': [
    (lines) => lines.with(4, rehash(change(lines[4], 'anthropic', 'anthropid'))),
    5,
    'mac does not match the hash',
  ],
  'another prev with its hash': [
    (lines) => lines.with(4, rehash(flipBehind(lines[4], '"prev":"'))),
    5,
    'mac does not match the hash',
  ],
  'the first record gone': [(lines) => lines.slice(1), 1, seq],
  'an inner record gone': [(lines) => lines.toSpliced(4, 1), 5, seq],
  'the last record gone': [(lines) => lines.slice(0, -1), LAST, short],
  'the last five records gone': [(lines) => lines.slice(0, -5), LAST - 4, short],
  'all records gone': [() => [], 1, short],
  'two neighbours swapped': [(lines) => lines.with(4, lines[5] ?? '').with(5, lines[4] ?? ''), 5, seq],
  'the first and the last swapped': [
    (lines) => lines.with(0, lines.at(-1) ?? '').with(-1, lines[0] ?? ''),
    1,
    seq,
  ],
  'a record twice': [(lines) => lines.toSpliced(4, 0, lines[4] ?? ''), 6, seq],
  'an old record at the end': [(lines) => [...lines, lines[4] ?? ''], LAST + 1, seq],
  'a forged record at the end': [
    (lines) => [...lines, rehash(change(lines[4], '"seq":5', `"seq":${LAST + 1}`))],
    LAST + 1,
    'mac does not match the hash',
  ],
  'an empty line': [(lines) => lines.toSpliced(4, 0, ''), 5, form],
  'an empty line at the end': [(lines) => [...lines, ''], LAST + 1, form],
  'a comment': [(lines) => lines.toSpliced(0, 0, '# log'), 1, form],
  'CRLF line ends': [(lines) => lines.map((line) => `${line}\r`), 1, form],
  'white space': [(lines) => lines.with(4, change(lines[4], '"uid":', '"uid": ')), 5, form],
  'an anchor without a signature': [
    (lines) => lines.with(0, rehash((lines[0] ?? '').replace(/"sig":".*?",/, ''))),
    1,
    form,
  ],
  'a signature on a grant': [
    (lines) => lines.with(4, rehash(change(lines[4], ',"prev":', `,"sig":"${'0'.repeat(128)}","prev":`))),
    5,
    form,
  ],
  'an endless line': [
    (lines) => lines.with(4, 'x'.repeat(3_000_000)),
    5,
    'the line is longer than a record can be',
  ],
  'a line just too long': [
    (lines) => lines.with(4, 'x'.repeat(16_385)),
    5,
    'the line is longer than a record can be',
  ],
};

for (const [what, [edit, line, rule]] of Object.entries(edits)) {
  test(`names record ${line} for ${what}`, async (t) => {
    const directory = await writeLog(t, GRANTS);
    replaceLog(directory, joinLines(edit(readLines(directory))));
    t.deepEqual(await verifyAuditLog({ directory }), { kind: 'broken', seq: line, line, rule });
  });
}

test('names the record behind one that was resealed with the MAC key', async (t) => {
  const directory = await writeLog(t, GRANTS);
  const lines = readLines(directory);
  const key = readFileSync(join(directory, 'mac.key'));
  replaceLog(directory, joinLines(lines.with(4, reseal(change(lines[4], 'anthropic', 'anthropid'), key))));
  t.like(await verifyAuditLog({ directory }), { seq: 6, rule: 'prev is not the hash of the record before' });
});

test('names the anchor when everything before it was resealed with the MAC key alone', async (t) => {
  const directory = await writeLog(t, GRANTS);
  const key = readFileSync(join(directory, 'mac.key'));
  const lines = readLines(directory);
  lines[4] = change(lines[4], 'anthropic', 'anthropid');
  let prev = '';
  const forged = lines.map((line, index) => {
    const chained = index < 5 ? line : line.replace(/"prev":".{64}"/, `"prev":"${prev}"`);
    const sealed = index < 4 ? line : reseal(chained, key);
    prev = sealed.slice(sealed.indexOf('"hash":"') + 8).slice(0, 64);
    return sealed;
  });
  replaceLog(directory, joinLines(forged));
  t.like(await verifyAuditLog({ directory }), { seq: LAST, rule: 'sig does not verify' });
});

test('names the record behind the last newline when that newline is missing', async (t) => {
  const directory = await writeLog(t, GRANTS);
  replaceLog(directory, readLog(directory).subarray(0, -1));
  t.like(await verifyAuditLog({ directory }), { kind: 'broken', seq: LAST });
  replaceLog(directory, `${joinLines(readLines(await writeLog(t, 0)))}{"seq":3`);
  t.is((await verifyAuditLog({ directory })).kind, 'broken');
});

test('says that the last line is not complete', async (t) => {
  const directory = await writeLog(t, GRANTS);
  appendFileSync(join(directory, 'audit.jsonl'), '{"seq":13,');
  t.like(await verifyAuditLog({ directory }), { seq: LAST + 1, rule: 'the last line is not complete' });
});

const heads: Record<string, [(head: string) => string | undefined, number, string]> = {
  missing: [() => undefined, LAST + 1, 'the head is missing'],
  empty: [() => '', LAST + 1, 'the head is empty'],
  'not canonical': [(head) => head.trimEnd(), LAST + 1, 'the head is not canonical'],
  'of a longer log': [(head) => head.replace('"seq":12', '"seq":13'), LAST + 1, short],
  'of another record': [
    (head) => head.replace('"seq":12', '"seq":7'),
    7,
    'the record is not the one that the head names',
  ],
  'of another place': [
    (head) => flipBehind(head, '"bytes":'),
    LAST,
    'the record is not the one that the head names',
  ],
  'with another hash': [
    (head) => flipBehind(head, '"hash":"'),
    LAST,
    'the record is not the one that the head names',
  ],
  'with another MAC': [
    (head) => flipBehind(head, '"mac":"'),
    LAST,
    'the record is not the one that the head names',
  ],
};

for (const [what, [edit, line, rule]] of Object.entries(heads)) {
  test(`names record ${line} when the head is ${what}`, async (t) => {
    const directory = await writeLog(t, GRANTS);
    const path = join(directory, 'head');
    const head = edit(readFileSync(path, 'utf8'));
    rmSync(path);
    if (head !== undefined) writeFileSync(path, head, { mode: 0o600 });
    t.deepEqual(await verifyAuditLog({ directory }), { kind: 'broken', seq: line, line, rule });
  });
}

for (const [name, rule] of [
  ['mac.key', 'mac does not match the hash'],
  ['anchor.pub', 'sig does not verify'],
] as const) {
  test(`names record 1 when ${name} was replaced`, async (t) => {
    const directory = await writeLog(t, GRANTS);
    const other = await writeLog(t, 0);
    writeFileSync(join(directory, name), readFileSync(join(other, name)));
    t.like(await verifyAuditLog({ directory }), { kind: 'broken', seq: 1, rule });
  });
}

test('any single byte changed breaks the record that it belongs to', async (t) => {
  const directory = await writeLog(t, GRANTS);
  const whole = readLog(directory);
  const byteChange = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(byteChange, async ([at, flip]) => {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
      replaceLog(directory, changed);
      const record = whole.subarray(0, at).toString('latin1').split('\n').length;
      const verdict = await verifyAuditLog({ directory });
      return verdict.kind === 'broken' && verdict.seq === record;
    }),
    { numRuns: 1500 },
  );
  t.pass();
});

test('any deletion, swap, repetition or cut breaks the log at the first place that differs', async (t) => {
  const directory = await writeLog(t, GRANTS);
  const lines = readLines(directory);
  const place = fc.nat(lines.length - 1);
  const edit = fc.oneof(
    fc.tuple(place, fc.integer({ min: 1, max: LAST })).map(([at, count]) => lines.toSpliced(at, count)),
    fc.tuple(place, place).map(([a, b]) => lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '')),
    fc.tuple(place, place).map(([at, from]) => lines.toSpliced(at, 0, lines[from] ?? '')),
    fc.shuffledSubarray(lines, { minLength: 0 }),
  );
  await fc.assert(
    fc.asyncProperty(edit, async (edited) => {
      fc.pre(joinLines(edited) !== joinLines(lines));
      replaceLog(directory, joinLines(edited));
      const firstWrong = edited.findIndex((line, index) => line !== lines[index]);
      const verdict = await verifyAuditLog({ directory });
      return (
        verdict.kind === 'broken' && verdict.seq === (firstWrong === -1 ? edited.length : firstWrong) + 1
      );
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('any bytes at all get a verdict', async (t) => {
  const directory = await writeLog(t, 0);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
      replaceLog(directory, bytes);
      return (await verifyAuditLog({ directory })).kind === 'broken';
    }),
    { numRuns: 200 },
  );
  t.pass();
});

test('says that there is no log, instead of calling nothing correct', async (t) => {
  const directory = auditDirectory(t);
  await t.throwsAsync(verifyAuditLog({ directory }), { code: 'AUDIT_ABSENT' });
});

test('a log is checked while it is being written', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  let isWriting = true;
  const writing = (async () => {
    for (let round = 0; round < 100; round += 1) {
      await Promise.all(Array.from({ length: 100 }, () => log.append(grant)));
    }
    isWriting = false;
  })();
  while (isWriting) t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
  await writing;
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', unsealed: 0 });
});

test('one record alone needs its head: it was acknowledged', async (t) => {
  const directory = await writeLog(t, 0);
  replaceLog(directory, joinLines(readLines(directory).slice(0, 1)));
  rmSync(join(directory, 'head'));
  t.like(await verifyAuditLog({ directory }), { kind: 'broken', seq: 2, rule: 'the head is missing' });
});

test('a log that was begun and not written to is whole, and nothing of it is unsealed', async (t) => {
  const directory = await writeLog(t, 0);
  replaceLog(directory, '');
  rmSync(join(directory, 'head'));
  t.deepEqual(await verifyAuditLog({ directory }), {
    kind: 'ok',
    records: 0,
    lastSeq: 0,
    unsealed: 0,
    unsealedMs: 0,
  });
});
