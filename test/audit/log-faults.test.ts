import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { AuditLog } from '../../src/audit/event.ts';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createFaultyFile, createGate, diskError, type FaultyFile } from './faulty-file.ts';
import { auditDirectory, grant, logOptions, readLines, readLog } from './log-directory.ts';
import { createManualClock } from './manual-clock.ts';

const refused = { code: 'AUDIT_UNAVAILABLE' };

async function openFaulty(t: Parameters<typeof auditDirectory>[0]): Promise<{
  directory: string;
  disk: FaultyFile;
  log: AuditLog;
}> {
  const directory = auditDirectory(t);
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(directory, { openFile: disk.open }));
  disk.calls.length = 0;
  return { directory, disk, log };
}

function summary(directory: string): string[] {
  return readLines(directory).map((line) => {
    const { event, reason, pid } = JSON.parse(line);
    return `${event}:${reason ?? pid}`;
  });
}

test('a full disk refuses the whole group; afterwards the torn line is gone and the chain goes on', async (t) => {
  const { directory, disk, log } = await openFaulty(t);
  disk.nextWrites.push(
    (bytes, position, file) => file.write(bytes.subarray(0, bytes.length - 5), position),
    () => Promise.reject(diskError('ENOSPC')),
  );
  const group = await Promise.allSettled([
    log.append({ ...grant, pid: 1 }),
    log.append({ ...grant, pid: 2 }),
  ]);
  t.deepEqual(
    group.map((outcome) => outcome.status),
    ['rejected', 'rejected'],
  );
  t.not(readLog(directory).at(-1), 0x0a);
  await log.append({ ...grant, pid: 3 });
  await log.close();
  // The first record of the group was whole: it stays, as something that was asked for and refused.
  t.deepEqual(summary(directory), ['anchor:open', 'grant:1', 'anchor:reopened', 'grant:3', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 5 });
});

test('a failed sync refuses who waits and who queues; its bytes are written once more before the next record', async (t) => {
  const { directory, disk, log } = await openFaulty(t);
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  const waiting = log.append({ ...grant, pid: 1 });
  await gate.started;
  const queued = log.append({ ...grant, pid: 2 });
  gate.fail();
  await t.throwsAsync(waiting, refused);
  await t.throwsAsync(queued, refused);
  disk.calls.length = 0;
  await log.append({ ...grant, pid: 3 });
  const failedBytes = (readLines(directory)[1]?.length ?? 0) + 1;
  t.deepEqual(disk.calls.slice(0, 3), ['open', `write:${failedBytes}`, 'sync']);
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'grant:1', 'anchor:reopened', 'grant:3', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 5 });
});

test('records that the disk lost with the failed sync leave no hole', async (t) => {
  const { directory, disk, log } = await openFaulty(t);
  const durableBytes = readLog(directory).length;
  disk.nextSyncs.push(() => Promise.reject(diskError('EIO')));
  await t.throwsAsync(log.append({ ...grant, pid: 1 }), refused);
  truncateSync(join(directory, 'audit.jsonl'), durableBytes);
  await log.append({ ...grant, pid: 2 });
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'anchor:reopened', 'grant:2', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 4 });
});

test('while the log cannot be opened again, every append is refused', async (t) => {
  const { directory, disk, log } = await openFaulty(t);
  disk.nextSyncs.push(() => Promise.reject(diskError('EIO')));
  const fail = (): void => {
    throw diskError('EIO');
  };
  disk.nextOpens.push(fail, fail);
  for (let round = 0; round < 3; round += 1) await t.throwsAsync(log.append(grant), refused);
  await log.append(grant);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
});

test('a success of the second sync alone is not taken as proof', async (t) => {
  const { directory, disk, log } = await openFaulty(t);
  disk.nextSyncs.push(() => Promise.reject(diskError('EIO')));
  await t.throwsAsync(log.append(grant), refused);
  disk.nextWrites.push(() => Promise.reject(diskError('EIO')));
  await t.throwsAsync(log.append(grant), refused);
  t.is(readLines(directory).length, 2);
  await log.append(grant);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
});

const changes: Record<string, (log: string) => void> = {
  'became shorter': (log) => truncateSync(log, 100),
  'was emptied': (log) => truncateSync(log, 0),
  'was removed': (log) => rmSync(log),
  'was renamed': (log) => renameSync(log, `${log}.1`),
  'became longer by a line of somebody else': (log) => appendFileSync(log, '{}\n'),
};

for (const [what, change] of Object.entries(changes)) {
  test(`a log that ${what} under its writer takes nothing more and is not started afresh`, async (t) => {
    const { directory, log } = await openFaulty(t);
    await log.append(grant);
    change(join(directory, 'audit.jsonl'));
    for (let round = 0; round < 2; round += 1) await t.throwsAsync(log.append(grant), refused);
    await log.close();
    const verdict = await verifyAuditLog({ directory });
    t.is(verdict.kind, 'broken');
  });
}

test('a log that was replaced by a true copy is read back before it is used', async (t) => {
  const { directory, disk, log } = await openFaulty(t);
  await log.append(grant);
  const path = join(directory, 'audit.jsonl');
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
  await t.throwsAsync(log.append(grant), refused);
  await log.append(grant);
  t.true(disk.calls.includes('open'));
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 5 });
});

test('records of a second writer are noticed, and nothing is built upon them', async (t) => {
  const { directory, log } = await openFaulty(t);
  const other = await openAuditLog(logOptions(directory));
  await other.append(grant);
  await other.close();
  for (let round = 0; round < 2; round += 1) await t.throwsAsync(log.append(grant), refused);
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'anchor:open', 'grant:4242', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 4 });
});

test('a disk that hangs refuses after two seconds, then at once, and is trusted again when it answers', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(directory, { clock, openFile: disk.open }));
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  const hung = log.append({ ...grant, pid: 1 });
  await gate.started;
  clock.advance(1999);
  const queued = log.append({ ...grant, pid: 2 });
  let isSettled = false;
  void hung
    .catch(() => undefined)
    .finally(() => {
      isSettled = true;
    });
  await new Promise((resolve) => setImmediate(resolve));
  t.false(isSettled);
  clock.advance(1);
  await t.throwsAsync(hung, refused);
  await t.throwsAsync(queued, refused);
  await t.throwsAsync(log.append({ ...grant, pid: 3 }), refused);
  gate.release();
  await gate.settled;
  await log.append({ ...grant, pid: 4 });
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'grant:1', 'grant:4', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 4 });
  t.is(clock.pending, 0);
});

test('a disk that hangs while the log is opened again refuses after two seconds', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(directory, { clock, openFile: disk.open }));
  const gate = createGate();
  disk.nextSyncs.push(() => Promise.reject(diskError('EIO')), gate.fault);
  await t.throwsAsync(log.append(grant), refused);
  const hung = log.append(grant);
  await gate.started;
  clock.advance(2000);
  await t.throwsAsync(hung, refused);
  gate.release();
  await gate.settled;
  await log.close();
  t.is((await verifyAuditLog({ directory })).kind, 'ok');
});

test('closing does not wait longer than the stall limit', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(directory, { clock, openFile: disk.open }));
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  const closing = log.close();
  await gate.started;
  clock.advance(2000);
  await closing;
  gate.release();
  await gate.settled;
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 2 });
});

test('a log that cannot even write its first anchor is not opened', async (t) => {
  const disk = createFaultyFile();
  disk.nextWrites.push(() => Promise.reject(diskError('ENOSPC')));
  await t.throwsAsync(openAuditLog(logOptions(auditDirectory(t), { openFile: disk.open })), refused);
});
