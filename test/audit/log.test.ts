import { lstatSync, mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import { createFaultyFile, createGate } from './faulty-file.ts';
import { auditDirectory, grant, logOptions, readLines } from './log-directory.ts';
import { createManualClock } from './manual-clock.ts';

test('a new log is sealed, private, and verifies', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  await log.append(grant);
  t.is(log.lastSeq, 2);
  t.is(lstatSync(directory).mode & 0o777, 0o700);
  for (const name of ['audit.jsonl', 'head', 'mac.key', 'anchor.key', 'anchor.pub']) {
    t.is(lstatSync(join(directory, name)).mode & 0o777, 0o600, name);
  }
  await log.close();
  t.deepEqual(await verifyAuditLog({ directory }), {
    kind: 'ok',
    records: 3,
    lastSeq: 3,
    unsealed: 0,
    unsealedMs: 0,
  });
  const reasons = readLines(directory)
    .map((line) => JSON.parse(line))
    .map((record) => [record.event, record.reason]);
  t.deepEqual(reasons, [
    ['anchor', 'open'],
    ['grant', null],
    ['anchor', 'close'],
  ]);
});

test('the chain goes on after a stop', async (t) => {
  const directory = auditDirectory(t);
  for (const seq of [2, 5, 8]) {
    const log = await openAuditLog(logOptions(directory));
    await log.append(grant);
    t.is(log.lastSeq, seq);
    await log.close();
  }
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 9 });
});

test('appends of one turn share one write and one sync', async (t) => {
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(auditDirectory(t), { openFile: disk.open }));
  disk.calls.length = 0;
  await Promise.all(Array.from({ length: 20 }, () => log.append(grant)));
  t.is(disk.calls.length, 2);
  t.is(disk.calls[1], 'sync');
  await log.close();
});

test('an append is acknowledged after its sync, and those made meanwhile form the next group', async (t) => {
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(auditDirectory(t), { openFile: disk.open }));
  disk.calls.length = 0;
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  const order: string[] = [];
  const first = log.append(grant).then(() => order.push('first'));
  await gate.started;
  const second = log.append(grant).then(() => order.push('second'));
  const third = log.append(grant).then(() => order.push('third'));
  t.deepEqual(order, []);
  t.is(disk.calls.length, 2);
  order.push('synced');
  gate.release();
  await Promise.all([first, second, third]);
  t.deepEqual(order, ['synced', 'first', 'second', 'third']);
  t.is(disk.calls.length, 4);
  await log.close();
});

test('short writes are continued until the group is whole', async (t) => {
  const disk = createFaultyFile();
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory, { openFile: disk.open }));
  for (const length of [1, 10, 100]) {
    disk.nextWrites.push((bytes, position, file) => file.write(bytes.subarray(0, length), position));
  }
  await log.append(grant);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 3 });
});

test('an anchor is written at least every thousand records', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  await Promise.all(Array.from({ length: 2500 }, () => log.append(grant)));
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 2503, unsealed: 502 });
  const anchors = readLines(directory)
    .map((line) => JSON.parse(line))
    .filter((record) => record.event === 'anchor');
  t.deepEqual(
    anchors.map((record) => [record.seq, record.reason]),
    [
      [1, 'open'],
      [1001, 'interval'],
      [2001, 'interval'],
    ],
  );
  await log.close();
});

test('the unsealed window is told in records and in milliseconds', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const log = await openAuditLog(logOptions(directory, { clock }));
  clock.advance(1500);
  await log.append(grant);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', unsealed: 1, unsealedMs: 1500 });
  await log.close();
});

test('a clock that was set back leaves no time below nothing behind the newest anchor', async (t) => {
  const directory = auditDirectory(t);
  let setBackMs = 0;
  const clock = createManualClock();
  const log = await openAuditLog(
    logOptions(directory, { clock: { ...clock, nowMs: () => clock.nowMs() - setBackMs } }),
  );
  setBackMs = 5000;
  await log.append(grant);
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', unsealed: 1, unsealedMs: 0 });
  await log.close();
});

test('the head follows the log', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  await log.append(grant);
  await log.close();
  const last = JSON.parse(readLines(directory).at(-1) ?? '');
  t.like(JSON.parse(readFileSync(join(directory, 'head'), 'utf8')), {
    seq: 3,
    hash: last.hash,
    mac: last.mac,
  });
});

test('batched: an append is acknowledged when written, and synced within 50 ms', async (t) => {
  const disk = createFaultyFile();
  const clock = createManualClock();
  const log = await openAuditLog(
    logOptions(auditDirectory(t), { openFile: disk.open, clock, durability: 'batched' }),
  );
  disk.calls.length = 0;
  await log.append(grant);
  await log.append(grant);
  t.is(disk.calls.filter((call) => call === 'sync').length, 0);
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(50);
  await gate.started;
  gate.release();
  await log.close();
});

test('batched: a failed sync is noticed, and the tail is written once more before anything follows', async (t) => {
  const disk = createFaultyFile();
  const clock = createManualClock();
  const directory = auditDirectory(t);
  const log = await openAuditLog(
    logOptions(directory, { openFile: disk.open, clock, durability: 'batched' }),
  );
  await log.append(grant);
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(50);
  await gate.started;
  disk.calls.length = 0;
  gate.fail();
  await gate.settled;
  await log.append(grant);
  const bytesOfOne = readLines(directory)[1]?.length ?? 0;
  t.deepEqual(disk.calls.slice(0, 3), ['open', `write:${bytesOfOne + 1}`, 'sync']);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 5 });
});

test('batched: a sync that hangs stops releases, and its return lets them through again', async (t) => {
  const disk = createFaultyFile();
  const clock = createManualClock();
  const directory = auditDirectory(t);
  const log = await openAuditLog(
    logOptions(directory, { openFile: disk.open, clock, durability: 'batched' }),
  );
  await log.append(grant);
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(50);
  await gate.started;
  await log.append(grant);
  clock.advance(2000);
  await t.throwsAsync(log.append(grant), { code: 'AUDIT_UNAVAILABLE' });
  gate.release();
  await gate.settled;
  await log.append(grant);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 5 });
});

test('a closed log takes nothing more, and closing twice is one closing', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  await Promise.all([log.close(), log.close()]);
  await t.throwsAsync(log.append(grant), { code: 'AUDIT_UNAVAILABLE' });
  t.is(readLines(directory).length, 2);
});

test('an event that cannot be written is refused and leaves no gap', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  await t.throwsAsync(log.append({ event: 'grant', uid: -1 }), { code: 'INTERNAL' });
  await log.append(grant);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', records: 3 });
});

test('appends beyond the bound are refused at once, the others are written', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  const outcomes = await Promise.allSettled(Array.from({ length: 16_400 }, () => log.append(grant)));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  t.is(refused.length, 16);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok' });
});

test('a head that cannot be written stops releases until it can', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const log = await openAuditLog(logOptions(directory, { clock }));
  const obstacle = join(directory, 'head.new');
  mkdirSync(obstacle);
  // The head is written behind the acknowledgement: the first appends may still pass.
  let outcome = 'accepted';
  for (let round = 0; round < 200 && outcome === 'accepted'; round += 1) {
    // Opening has just written a head: the next one waits for its interval, which only this clock can end.
    clock.advance(50);
    outcome = await log.append(grant).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  }
  t.is(outcome, 'AUDIT_UNAVAILABLE');
  await t.throwsAsync(log.append(grant), { code: 'AUDIT_UNAVAILABLE' });
  rmdirSync(obstacle);
  await log.append(grant);
  await log.close();
  t.like(await verifyAuditLog({ directory }), { kind: 'ok', unsealed: 0 });
});

test('a directory that is removed is not made again', async (t) => {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  rmSync(directory, { recursive: true });
  for (let round = 0; round < 2; round += 1) {
    await t.throwsAsync(log.append(grant), { code: 'AUDIT_UNAVAILABLE' });
  }
  await log.close();
  t.throws(() => lstatSync(directory), { code: 'ENOENT' });
});
