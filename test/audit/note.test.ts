import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { AuditLog } from '../../src/audit/event.ts';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createFaultyFile, createGate, diskError, type FaultyFile, type Gate } from './faulty-file.ts';
import { auditDirectory, grant, logOptions, readLines } from './log-directory.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

const refused = { code: 'AUDIT_UNAVAILABLE' };

interface Bench {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly disk: FaultyFile;
  readonly log: AuditLog;
  syncs(): number;
}

async function openBench(t: ExecutionContext): Promise<Bench> {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(directory, { clock, openFile: disk.open }));
  disk.calls.length = 0;
  return { directory, clock, disk, log, syncs: () => disk.calls.filter((call) => call === 'sync').length };
}

/** A note, and the background sync for it, which has begun and waits for the test. */
async function holdBackgroundSync({ log, disk, clock }: Bench): Promise<Gate> {
  await log.note({ ...grant, pid: 1 });
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(50);
  await gate.started;
  return gate;
}

/** An append that is written and waits for its sync. */
async function appendBehind({ log, disk }: Bench, pid: number): Promise<{ readonly done: Promise<void> }> {
  const written = Promise.withResolvers<void>();
  disk.nextWrites.push(async (bytes, position, file) => {
    const count = await file.write(bytes, position);
    setImmediate(written.resolve);
    return count;
  });
  const done = log.append({ ...grant, pid });
  // The test looks at the outcome later.
  done.catch(() => undefined);
  await written.promise;
  return { done };
}

function summary(directory: string): string[] {
  return readLines(directory).map((line) => {
    const { event, reason, pid } = JSON.parse(line);
    return `${event}:${reason ?? pid}`;
  });
}

test('a note is acknowledged when the kernel has it, without a sync', async (t) => {
  const { directory, log, disk } = await openBench(t);
  await log.note(grant);
  t.is(log.lastSeq, 2);
  t.deepEqual(disk.calls, [`write:${(readLines(directory)[1]?.length ?? 0) + 1}`]);
  await log.close();
});

test('notes and appends stand in the order in which they were made, in one chain', async (t) => {
  const { directory, log } = await openBench(t);
  const made: Promise<void>[] = [];
  for (let pid = 1; pid <= 60; pid += 1) {
    made.push(pid % 3 === 1 ? log.append({ ...grant, pid }) : log.note({ ...grant, pid }));
    if (pid % 7 === 0) await made.at(-1);
  }
  await Promise.all(made);
  await log.close();
  const pids = readLines(directory).map((line) => JSON.parse(line).pid);
  t.deepEqual(pids, [null, ...Array.from({ length: 60 }, (_, index) => index + 1), null]);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 62 });
});

test('the sync of an append covers the notes before it, in its group and in earlier ones', async (t) => {
  const { log, clock, syncs } = await openBench(t);
  await log.note(grant);
  await log.note(grant);
  await Promise.all([log.note(grant), log.append(grant), log.note(grant)]);
  t.is(syncs(), 1);
  t.is(clock.pending, 1, 'the head waits, and no sync');
  clock.advance(50);
  await log.append(grant);
  t.is(syncs(), 2);
  await log.close();
});

test('notes alone are synced after 50 ms, all by one sync', async (t) => {
  const { log, clock, disk, syncs } = await openBench(t);
  await log.note(grant);
  clock.advance(30);
  await Promise.all([log.note(grant), log.note(grant)]);
  clock.advance(19);
  t.is(syncs(), 0);
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(1);
  await gate.started;
  gate.release();
  await gate.settled;
  clock.advance(50);
  await log.append(grant);
  t.is(syncs(), 2);
  await log.close();
});

test('notes made during a background sync get one of their own', async (t) => {
  const bench = await openBench(t);
  const gate = await holdBackgroundSync(bench);
  await bench.log.note(grant);
  gate.release();
  await gate.settled;
  const second = createGate();
  bench.disk.nextSyncs.push(second.fault);
  bench.clock.advance(50);
  await second.started;
  second.release();
  await bench.log.close();
  t.like(await verifyAuditLog({ directory: bench.directory }), { kind: 'ok', records: 4 });
});

// The kernel tells a failed write-back to one of two syncs that run at once: the other would be taken for a success.
test('the sync of an append begins when the background sync has ended', async (t) => {
  const bench = await openBench(t);
  const gate = await holdBackgroundSync(bench);
  const append = await appendBehind(bench, 2);
  t.is(bench.syncs(), 1);
  gate.release();
  await append.done;
  t.is(bench.syncs(), 2);
  // Nothing is left for another background sync.
  bench.clock.advance(50);
  await bench.log.append(grant);
  t.is(bench.syncs(), 3);
  await bench.log.close();
});

test('a background sync that fails refuses the append that waits behind it; then the tail is written once more', async (t) => {
  const bench = await openBench(t);
  const { directory, disk, log } = bench;
  const gate = await holdBackgroundSync(bench);
  const append = await appendBehind(bench, 2);
  gate.fail();
  await t.throwsAsync(append.done, refused);
  disk.calls.length = 0;
  await log.append({ ...grant, pid: 3 });
  const lost = readLines(directory).slice(1, 3).join('\n').length + 1;
  t.deepEqual(disk.calls.slice(0, 3), ['open', `write:${lost}`, 'sync']);
  await log.close();
  t.deepEqual(summary(directory), [
    'anchor:open',
    'grant:1',
    'grant:2',
    'anchor:reopened',
    'grant:3',
    'anchor:close',
  ]);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
});

test('after a background sync failed, the next append is refused until the noted records are on the disk', async (t) => {
  const bench = await openBench(t);
  const { directory, clock, disk, log } = bench;
  const gate = await holdBackgroundSync(bench);
  gate.fail();
  await gate.settled;
  t.is(clock.pending, 0, 'a broken log is left alone until somebody needs it');
  disk.nextOpens.push(() => {
    throw diskError('EIO');
  });
  await t.throwsAsync(log.append(grant), refused);
  disk.nextWrites.push(() => Promise.reject(diskError('EIO')));
  await t.throwsAsync(log.append(grant), refused);
  disk.nextSyncs.push(() => Promise.reject(diskError('EIO')));
  await t.throwsAsync(log.append(grant), refused);
  await log.append({ ...grant, pid: 2 });
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'grant:1', 'anchor:reopened', 'grant:2', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
});

test('a note alone also mends a log whose background sync failed', async (t) => {
  const bench = await openBench(t);
  const gate = await holdBackgroundSync(bench);
  gate.fail();
  await gate.settled;
  bench.disk.calls.length = 0;
  await bench.log.note({ ...grant, pid: 2 });
  t.deepEqual(
    bench.disk.calls.map((call) => call.split(':')[0]),
    ['open', 'write', 'sync', 'write'],
  );
  await bench.log.close();
  t.like(await verifyAuditLog({ directory: bench.directory }), { kind: 'ok', records: 5 });
});

test('a note in a log that was opened anew is synced, also while the old one still had a sync under way', async (t) => {
  const bench = await openBench(t);
  const { directory, clock, disk, log } = bench;
  const old = await holdBackgroundSync(bench);
  disk.nextWrites.push(() => Promise.reject(diskError('ENOSPC')));
  await t.throwsAsync(log.append({ ...grant, pid: 2 }), refused);
  await log.note({ ...grant, pid: 3 });
  old.release();
  await old.settled;
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(50);
  await gate.started;
  gate.release();
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'grant:1', 'anchor:reopened', 'grant:3', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
});

test('a background sync that hangs stops releases after two seconds, and its return lets them through again', async (t) => {
  const bench = await openBench(t);
  const { directory, clock, disk, log } = bench;
  const gate = await holdBackgroundSync(bench);
  const append = await appendBehind(bench, 2);
  clock.advance(2000);
  await t.throwsAsync(append.done, refused);
  await t.throwsAsync(log.append({ ...grant, pid: 3 }), refused);
  await t.throwsAsync(log.note({ ...grant, pid: 4 }), refused);
  const second = createGate();
  disk.nextSyncs.push(second.fault);
  gate.release();
  await second.started;
  await t.throwsAsync(log.append({ ...grant, pid: 5 }), refused);
  second.release();
  await second.settled;
  await log.append({ ...grant, pid: 6 });
  await log.close();
  t.deepEqual(summary(directory), ['anchor:open', 'grant:1', 'grant:2', 'grant:6', 'anchor:close']);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
  t.is(clock.pending, 0);
});

test('closing puts notes on the disk, also those that are not written yet', async (t) => {
  const { directory, clock, disk, log } = await openBench(t);
  await log.note(grant);
  const late = log.note(grant);
  await log.close();
  await late;
  t.is(disk.calls.at(-1), 'sync');
  t.is(clock.pending, 0);
  const last = JSON.parse(readLines(directory).at(-1) ?? '');
  t.like(last, { seq: 4, reason: 'close' });
  t.is(JSON.parse(readFileSync(join(directory, 'head'), 'utf8')).hash, last.hash);
});

test('closing writes the notes once more when their sync had failed', async (t) => {
  const bench = await openBench(t);
  const gate = await holdBackgroundSync(bench);
  gate.fail();
  await gate.settled;
  bench.disk.calls.length = 0;
  await bench.log.close();
  t.deepEqual(
    bench.disk.calls.map((call) => call.split(':')[0]),
    ['open', 'write', 'sync', 'write', 'sync'],
  );
  t.like(await verifyAuditLog({ directory: bench.directory }), { kind: 'ok', unsealed: 0 });
});

test('a closed log takes no note, and an event that cannot be written leaves no gap', async (t) => {
  const { directory, log } = await openBench(t);
  await t.throwsAsync(log.note({ event: 'exit', uid: -1 }), { code: 'INTERNAL' });
  await log.close();
  await t.throwsAsync(log.note(grant), refused);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 2 });
});
