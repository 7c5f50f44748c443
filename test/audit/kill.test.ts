import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { auditDirectory, grant, logOptions, readLines } from './log-directory.ts';

const program = fileURLToPath(new URL('append-forever.ts', import.meta.url));

/** Starts the writer, kills it after so many acknowledgements, and tells which were given. */
async function appendUntilKilled(directory: string, mode: string, after: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, directory, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged: number[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line));
    if (acknowledged.length === after) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  if (signal !== 'SIGKILL') throw new Error('the writer ended by itself');
  return acknowledged;
}

/** The marks that each run of the writer left in the log; a run begins with an anchor. */
function marksOfLastRun(directory: string): Set<number> {
  const records = readLines(directory).map((line) => JSON.parse(line));
  const start = records.findLastIndex((record) => record.event === 'anchor' && record.reason !== 'interval');
  return new Set(records.slice(start).map((record) => record.pid));
}

for (const [mode, kills] of [
  ['sync', 30],
  ['batched', 15],
  ['noted', 15],
] as const) {
  test(`${mode}: a writer killed at any point loses no acknowledged record, and the chain goes on`, async (t) => {
    const directory = auditDirectory(t);
    for (let round = 0; round < kills; round += 1) {
      const acknowledged = await appendUntilKilled(directory, mode, 1 + Math.floor(Math.random() * 60));
      const marks = marksOfLastRun(directory);
      t.deepEqual(
        acknowledged.filter((mark) => !marks.has(mark)),
        [],
      );
    }
    const log = await openAuditLog(logOptions(directory));
    await log.append(grant);
    await log.close();
    t.like(await verifyAuditLog({ directory }), { kind: 'ok', unsealed: 0 });
  });
}
