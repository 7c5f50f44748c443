import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { createHome } from '../support/daemon.ts';

test('records are chosen from the whole log, and stand in JSON as they stand in it', async (t) => {
  const home = createHome(t);
  await home.store('first', 'value');
  await home.store('second', 'value');
  const log = readFileSync(join(home.directory, 'state/audit/audit.jsonl'), 'latin1').split('\n');
  const show = async (...words: string[]) =>
    (await home.run(['audit', 'show', ...words])).stdout.toString().split('\n').slice(0, -1);
  const stores = log.filter((line) => line.includes('"event":"store"'));
  t.is(stores.length, 2);
  t.deepEqual(await show('--json'), log.slice(0, -1));
  t.deepEqual(await show('--event', 'store', '--json'), stores);
  t.deepEqual(await show('--service', 'second', '--json'), stores.slice(1));
  t.deepEqual(await show('--event', 'store', '--event', 'init', '--last', '1', '--json'), stores.slice(1));
  t.deepEqual(await show('--since', '1h', '--until', '1ms', '--event', 'store', '--json'), stores);
  t.deepEqual(await show('--until', '1h'), []);
  t.deepEqual(await show('--since', '2020-01-01T00:00:00+01:00', '--event', 'store', '--json'), stores);
});

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['--event nothing', /--event (takes one of: start, .*anchor|.*does not take that value)/],
  ['--since yesterday', /--since takes a time/],
  ['--since 2026-02-31T00:00:00Z', /--since takes a time/],
  ['--since 2026-01-01', /--since takes a time/],
  ['--until 1.5h', /--until takes a time/],
  ['--since 1h --until 2h', /--since is later than --until/],
  ['--last 0', /--last takes a number/],
  ['--session 12', /the session id is not valid/],
  ['--agent A!', /the agent id is not valid/],
];

for (const [words, message] of mistakes) {
  test(`"audit show ${words}" is a mistake that is explained`, async (t) => {
    const { code, stderr, stdout } = await createHome(t).run(['audit', 'show', ...words.split(' ')]);
    t.is(code, 2);
    t.is(stdout.length, 0);
    t.regex(stderr, message);
  });
}

test('a line that is no record ends the search with 1, after the records', async (t) => {
  const home = createHome(t);
  await home.store('first', 'value');
  await home.run(['stop']);
  appendFileSync(join(home.directory, 'state/audit/audit.jsonl'), '\u001b[2J\n');
  const { code, stdout, stderr } = await home.run(['audit', 'show', '--event', 'store']);
  t.is(code, 1);
  t.regex(stdout.toString(), /^\d+ \S+ store service=first [^\n]*\n$/);
  t.regex(stderr, /record \d+: the line is not a canonical record/);
  t.false(`${stdout}${stderr}`.includes('\u001b'));
});

test('follow shows what is written, and ends by the signal', async (t) => {
  const home = createHome(t);
  await home.store('first', 'value');
  const child = home.start(['audit', 'tail', '-f', '-n', '1']);
  if (child.stdout === null) throw new Error('it has one');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  t.regex(String((await lines.next()).value), / store service=first /);
  await home.store('second', 'value');
  t.regex(String((await lines.next()).value), / store service=second /);
  child.kill('SIGINT');
  t.deepEqual(await once(child, 'exit'), [null, 'SIGINT']);
});

test('follow ends without a word when nobody reads it any more', async (t) => {
  const home = createHome(t);
  await home.store('first', 'value');
  // The shell waits for both: nothing more is written, so only the watch on the pipe can end it.
  const script = `{ ${home.client} audit tail -f -n 1; echo "$?" >&2; } | head -n 1`;
  const { stdout, stderr } = await home.command('sh', ['-c', script]);
  t.regex(stdout.toString(), / store service=first /);
  t.is(stderr, '1\n');
});

test('a daemon that a signal ends writes down that it stops', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
  const { stdout } = await home.run(['audit', 'show', '--last', '2', '--json']);
  const [stop, anchor] = stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(stop, { event: 'stop', reason: 'signal', uid: process.getuid?.() });
  t.like(anchor, { event: 'anchor', reason: 'close' });
});

test('a daemon that is asked to stop writes it down once', async (t) => {
  const home = createHome(t);
  await home.run(['init']);
  await home.run(['stop']);
  const { stdout } = await home.run(['audit', 'show', '--event', 'stop', '--json']);
  t.is(stdout.toString().trim().split('\n').length, 1);
  t.like(JSON.parse(stdout.toString()), { reason: 'stop' });
});
