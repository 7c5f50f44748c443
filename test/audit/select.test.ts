import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { LineCutter } from '../../src/audit/lines.ts';
import { type RecordFilter, selectRecords } from '../../src/audit/select.ts';
import { auditDirectory, joinLines, readLines, replaceLog, writeLog } from './log-directory.ts';

async function select(directory: string, filter: RecordFilter) {
  const lines: string[] = [];
  const { firstBadLine } = await selectRecords({
    directory,
    filter,
    onRecord: ({ line }) => lines.push(line),
  });
  return { lines, firstBadLine };
}

test('without a filter every record comes, byte for byte', async (t) => {
  const directory = await writeLog(t, 3000);
  t.deepEqual(await select(directory, {}), { lines: readLines(directory), firstBadLine: undefined });
});

const filters: readonly (readonly [string, RecordFilter, number])[] = [
  ['an agent', { agentId: 'claude' }, 3],
  ['another agent', { agentId: 'codex' }, 0],
  ['a session', { session: '0123456789abcdef' }, 3],
  ['another session', { session: 'fedcba9876543210' }, 0],
  ['a profile', { profile: 'claude' }, 3],
  ['another profile', { profile: 'clau' }, 0],
  ['a credential', { service: 'anthropic' }, 3],
  ['another credential', { service: 'openai' }, 0],
  ['one kind', { events: new Set(['anchor']) }, 2],
  ['two kinds', { events: new Set(['anchor', 'grant']) }, 5],
  ['a kind that is not there', { events: new Set(['deny']) }, 0],
  ['both of two rules', { service: 'anthropic', events: new Set(['anchor']) }, 0],
];

for (const [what, filter, count] of filters) {
  test(`records are chosen by ${what}`, async (t) => {
    t.is((await select(await writeLog(t, 3), filter)).lines.length, count);
  });
}

test('records are chosen by time, both ends included', async (t) => {
  const directory = await writeLog(t, 1);
  const [first = '', ...rest] = readLines(directory);
  const atMs = Date.parse(String(JSON.parse(first).ts));
  t.is((await select(directory, { sinceMs: atMs })).lines.length, rest.length + 1);
  t.is((await select(directory, { sinceMs: atMs + 86_400_000 })).lines.length, 0);
  t.is((await select(directory, { untilMs: atMs })).lines[0], first);
  t.is((await select(directory, { untilMs: atMs - 1 })).lines.length, 0);
});

test('a line that is no record is left out, and the first one is told', async (t) => {
  const directory = await writeLog(t, 2);
  const lines = readLines(directory);
  replaceLog(directory, joinLines([...lines.slice(0, 2), '{"seq":3}', ...lines.slice(2), '\u001b[2J']));
  t.deepEqual(await select(directory, {}), { lines, firstBadLine: 3 });
});

test('a last line that is not complete yet is no bad one', async (t) => {
  const directory = await writeLog(t, 1);
  const lines = readLines(directory);
  appendFileSync(join(directory, 'audit.jsonl'), '{"seq":6');
  t.deepEqual(await select(directory, {}), { lines, firstBadLine: undefined });
});

test('nothing was ever recorded', async (t) => {
  await t.throwsAsync(select(auditDirectory(t), {}), { code: 'AUDIT_ABSENT' });
});

test('lines are cut wherever the bytes are, and a long one is held by its beginning only', (t) => {
  const lines: string[] = [];
  const cutter = new LineCutter();
  for (const part of ['a', 'b\nc', '\n\n', 'x'.repeat(100_000), 'y'.repeat(100_000), '\nd\n', 'rest'])
    cutter.push(Buffer.from(part), (line) => lines.push(line));
  t.deepEqual(
    lines.map((line) => (line.length > 10 ? line.length : line)),
    ['ab', 'c', '', 16_385, 'd'],
  );
  cutter.reset();
  cutter.push(Buffer.from('!\n'), (line) => lines.push(line));
  t.is(lines.at(-1), '!');
});
