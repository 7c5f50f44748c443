import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { maxLineBytes } from '../../src/audit/canonical.ts';
import { readAuditTail } from '../../src/audit/tail.ts';
import {
  auditDirectory,
  copyDirectory,
  joinLines,
  readLines,
  replaceLog,
  writeLog,
} from './log-directory.ts';

test('gives the last records, oldest first, as they stand in the file', async (t) => {
  const directory = await writeLog(t, 500);
  const lines = readLines(directory);
  for (const count of [0, 1, 2, 100, 300, 501, 502, 503, 10_000]) {
    t.deepEqual(
      await readAuditTail({ directory, count }),
      count === 0 ? [] : lines.slice(-count),
      `${count}`,
    );
  }
});

test('leaves out a last line that is not complete', async (t) => {
  const directory = await writeLog(t, 3);
  const lines = readLines(directory);
  appendFileSync(join(directory, 'audit.jsonl'), '{"seq":6');
  t.deepEqual(await readAuditTail({ directory, count: 2 }), lines.slice(-2));
});

test('of a line that is longer than any record only the beginning is shown, and kept', async (t) => {
  const directory = await writeLog(t, 3);
  const last = readLines(directory).at(-1) ?? '';
  const held = process.memoryUsage().arrayBuffers;
  const log = join(directory, 'audit.jsonl');
  for (let part = 0; part < 64; part++) appendFileSync(log, 'x'.repeat(1 << 20));
  appendFileSync(log, `\n${last}\n`);
  const lines = await readAuditTail({ directory, count: 3 });
  t.deepEqual([lines[0], lines[2]], [last, last]);
  t.is(lines[1]?.length, maxLineBytes + 1);
  t.true(process.memoryUsage().arrayBuffers - held < 32 << 20);
});

test('shows escaped what no record contains', async (t) => {
  const directory = copyDirectory(t, await writeLog(t, 0));
  replaceLog(directory, joinLines(['\u001b[2J\u009b\r', 'é']));
  t.deepEqual(await readAuditTail({ directory, count: 2 }), [
    '\\u001b[2J\\u00c2\\u009b\\u000d',
    '\\u00c3\\u00a9',
  ]);
});

test('says that nothing was ever recorded', async (t) => {
  const directory = auditDirectory(t);
  await t.throwsAsync(readAuditTail({ directory, count: 5 }), { code: 'AUDIT_ABSENT' });
  mkdirSync(directory, { mode: 0o700 });
  await t.throwsAsync(readAuditTail({ directory, count: 5 }), { code: 'AUDIT_ABSENT' });
});

test('says that a log was taken away', async (t) => {
  const directory = await writeLog(t, 1);
  rmSync(join(directory, 'audit.jsonl'));
  await t.throwsAsync(readAuditTail({ directory, count: 5 }), {
    code: 'AUDIT_BROKEN',
    message: /the log is missing/,
  });
});

test('refuses an unsafe directory', async (t) => {
  const directory = auditDirectory(t);
  mkdirSync(directory, { mode: 0o755 });
  await t.throwsAsync(readAuditTail({ directory, count: 5 }), { code: 'STATE_UNSAFE' });
});
