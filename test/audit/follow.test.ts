import { appendFileSync, chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { followAuditLog } from '../../src/audit/follow.ts';
import { auditDirectory, readLines, writeLog } from './log-directory.ts';

/** What comes, in order; `next` waits for the next one. */
function follow(t: ExecutionContext, directory: string, count: number) {
  const ending = new AbortController();
  const come: string[] = [];
  let wake = () => {};
  const take = (what: string): void => {
    come.push(what);
    wake();
  };
  const ended = followAuditLog({
    directory,
    count,
    onLine: take,
    onNotice: (notice) => take(`! ${notice}`),
    signal: ending.signal,
  });
  t.teardown(async () => {
    ending.abort();
    // The test has looked at its error.
    await ended.catch(() => {});
  });
  return {
    ending,
    ended,
    async next(): Promise<string> {
      while (come.length === 0) await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))]);
      return come.shift() ?? '';
    },
  };
}

test('the last lines come first, then each as it is written, in whatever pieces', async (t) => {
  const directory = await writeLog(t, 3);
  const log = join(directory, 'audit.jsonl');
  const { next } = follow(t, directory, 2);
  t.is(await next(), readLines(directory).at(-2) ?? '');
  t.is(await next(), readLines(directory).at(-1) ?? '');
  appendFileSync(log, 'one\ntw');
  t.is(await next(), 'one');
  appendFileSync(log, 'o\n\u001b[2J\n');
  t.is(await next(), 'two');
  t.is(await next(), '\\u001b[2J');
});

test('a log that was cut off is said, and followed from its beginning', async (t) => {
  const directory = await writeLog(t, 3);
  const { next } = follow(t, directory, 1);
  await next();
  writeFileSync(join(directory, 'audit.jsonl'), '');
  t.is(await next(), '! truncated');
  appendFileSync(join(directory, 'audit.jsonl'), 'anew\n');
  t.is(await next(), 'anew');
});

test('a log that was put in its place is said, and followed from its beginning', async (t) => {
  const directory = await writeLog(t, 3);
  const log = join(directory, 'audit.jsonl');
  const { next } = follow(t, directory, 1);
  await next();
  writeFileSync(`${log}.other`, 'other\n', { mode: 0o600 });
  renameSync(`${log}.other`, log);
  t.is(await next(), '! replaced');
  t.is(await next(), 'other');
  appendFileSync(log, 'more\n');
  t.is(await next(), 'more');
});

test('a directory that was moved away is said once, and the next one is followed', async (t) => {
  const directory = await writeLog(t, 1);
  const { next } = follow(t, directory, 1);
  await next();
  renameSync(directory, `${directory}.evidence`);
  t.is(await next(), '! gone');
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(join(directory, 'audit.jsonl'), 'first\n', { mode: 0o600 });
  t.is(await next(), '! replaced');
  t.is(await next(), 'first');
});

test('half a line does not outlive the log that it stood in', async (t) => {
  const directory = await writeLog(t, 1);
  const log = join(directory, 'audit.jsonl');
  const { next } = follow(t, directory, 1);
  await next();
  appendFileSync(log, 'one\nhalf');
  t.is(await next(), 'one');
  writeFileSync(log, '');
  t.is(await next(), '! truncated');
  appendFileSync(log, 'anew\n');
  t.is(await next(), 'anew');
});

/** Another directory with a log of one line, for the place of the first. */
function prepareOther(directory: string, line: string): string {
  const other = `${directory}.other`;
  mkdirSync(other, { mode: 0o700 });
  writeFileSync(join(other, 'audit.jsonl'), `${line}\n`, { mode: 0o600 });
  return other;
}

test('a directory that was exchanged is followed as it grows', async (t) => {
  const directory = await writeLog(t, 1);
  const other = prepareOther(directory, 'first');
  const { next } = follow(t, directory, 1);
  await next();
  renameSync(directory, `${directory}.evidence`);
  renameSync(other, directory);
  let heard = await next();
  if (heard === '! gone') heard = await next();
  t.is(heard, '! replaced');
  t.is(await next(), 'first');
  for (const line of ['more', 'and more']) {
    appendFileSync(join(directory, 'audit.jsonl'), `${line}\n`);
    t.is(await next(), line);
  }
});

test('what stirs beside a directory that is gone is not said', async (t) => {
  const directory = await writeLog(t, 1);
  const { next } = follow(t, directory, 1);
  await next();
  renameSync(directory, `${directory}.evidence`);
  t.is(await next(), '! gone');
  for (let count = 0; count < 20; count++) {
    mkdirSync(`${directory}.${count}`);
    // A turn of the loop, and one of the disk: the follower looks.
    await lstat(directory).catch(() => {});
    await new Promise(setImmediate);
  }
  renameSync(prepareOther(directory, 'first'), directory);
  t.is(await next(), '! replaced');
  t.is(await next(), 'first');
});

test('a log in a directory that others can write is not followed', async (t) => {
  const directory = await writeLog(t, 1);
  const other = prepareOther(directory, 'theirs');
  const { next, ended } = follow(t, directory, 1);
  await next();
  chmodSync(other, 0o777);
  renameSync(directory, `${directory}.evidence`);
  renameSync(other, directory);
  await t.throwsAsync(ended, { code: 'STATE_UNSAFE' });
});

test('a directory that was moved away and back is followed on', async (t) => {
  const directory = await writeLog(t, 1);
  const { next } = follow(t, directory, 1);
  await next();
  renameSync(directory, `${directory}.evidence`);
  t.is(await next(), '! gone');
  renameSync(`${directory}.evidence`, directory);
  // More often than there are events of the move, each of which makes it look once more.
  for (let round = 0; round < 10; round++) {
    appendFileSync(join(directory, 'audit.jsonl'), `${round}\n`);
    t.is(await next(), String(round));
  }
});

test('a file that others can write is not followed', async (t) => {
  const directory = await writeLog(t, 1);
  const { next, ended } = follow(t, directory, 1);
  await next();
  const log = join(directory, 'audit.jsonl');
  writeFileSync(`${log}.other`, 'other\n', { mode: 0o644 });
  renameSync(`${log}.other`, log);
  await t.throwsAsync(ended, { code: 'STATE_UNSAFE' });
});

test('it ends when it is told to', async (t) => {
  const { ending, ended, next } = follow(t, await writeLog(t, 1), 1);
  await next();
  ending.abort();
  await t.notThrowsAsync(ended);
});

test('a log that was never begun is not waited for', async (t) => {
  const { ended } = follow(t, auditDirectory(t), 1);
  await t.throwsAsync(ended, { code: 'AUDIT_ABSENT' });
});
