import { mkdirSync, rmdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { ChainPosition } from '../../src/audit/chain.ts';
import { HeadWriter } from '../../src/audit/head.ts';
import { openAuditLog } from '../../src/audit/log.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import type { Clock } from '../../src/core/clock.ts';
import { createFaultyFile, createGate, diskError } from './faulty-file.ts';
import { auditDirectory, copyDirectory, grant, logOptions, readLines, readLog } from './log-directory.ts';
import { createManualClock } from './manual-clock.ts';
import { watchHead } from './watched-head.ts';

function position(seq: number): ChainPosition {
  return { seq, bytes: seq * 100, hash: 'a'.repeat(64), mac: 'b'.repeat(64) };
}

function createWriter(t: ExecutionContext) {
  const directory = auditDirectory(t);
  mkdirSync(directory, { mode: 0o700 });
  const clock = createManualClock();
  const failures: unknown[] = [];
  const { promise: waits, resolve } = Promise.withResolvers<number>();
  const after: Clock['after'] = (delayMs, callback) => {
    resolve(delayMs);
    return clock.after(delayMs, callback);
  };
  const path = join(directory, 'head');
  const writer = new HeadWriter(path, { ...clock, after }, (cause) => failures.push(cause));
  return { directory, clock, failures, writer, waits, head: watchHead(t, directory) };
}

test('the first position after a quiet time is written at once, those of the next 50 ms together at their end', async (t) => {
  const { clock, writer, head } = createWriter(t);
  writer.publish(position(1));
  await head.reaches(1);
  await writer.idle();
  for (let seq = 2; seq <= 10; seq += 1) writer.publish(position(seq));
  clock.advance(49);
  t.is(await head.count(), 1);
  t.is(head.seq(), 1);
  clock.advance(1);
  await head.reaches(2);
  t.is(head.seq(), 10);
  await writer.idle();
  clock.advance(50);
  writer.publish(position(11));
  await head.reaches(3);
  t.is(head.seq(), 11);
  await writer.idle();
  t.is(await head.count(), 3);
  t.is(clock.pending, 0);
});

test('a position published while a head is written waits for the interval too', async (t) => {
  const { clock, writer, head, waits } = createWriter(t);
  writer.publish(position(1));
  // The turn in which the writer takes its position.
  await setImmediate();
  writer.publish(position(2));
  t.is(await waits, 50);
  t.is(await head.count(), 1);
  t.is(head.seq(), 1);
  clock.advance(50);
  await head.reaches(2);
  t.is(head.seq(), 2);
});

test('whoever waits for the head gets the last position without the interval', async (t) => {
  const { clock, writer, head } = createWriter(t);
  for (const seq of [1, 2, 3]) {
    writer.publish(position(seq));
    await writer.idle();
    t.is(head.seq(), seq);
  }
  t.is(clock.pending, 0);
});

test('a head that cannot be written is told, and the next one is tried', async (t) => {
  const { directory, clock, failures, writer, head } = createWriter(t);
  mkdirSync(join(directory, 'head.new'));
  writer.publish(position(1));
  await writer.idle();
  t.is(failures.length, 1);
  rmdirSync(join(directory, 'head.new'));
  writer.publish(position(2));
  clock.advance(50);
  await head.reaches(1);
  t.is(head.seq(), 2);
  t.is(failures.length, 1);
});

test('a hundred appends within 50 ms cost one head, and closing writes the last', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const log = await openAuditLog(logOptions(directory, { clock }));
  const head = watchHead(t, directory);
  for (let round = 0; round < 100; round += 1) await log.append(grant);
  t.is(await head.count(), 0);
  t.is(head.seq(), 1);
  clock.advance(50);
  await head.reaches(1);
  t.is(head.seq(), 101);
  await log.append(grant);
  await log.close();
  t.is(head.seq(), 103);
  t.is(await head.count(), 2);
  t.is(clock.pending, 0);
});

async function openFaulty(t: ExecutionContext) {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const disk = createFaultyFile();
  const log = await openAuditLog(logOptions(directory, { clock, openFile: disk.open }));
  return { clock, disk, log, head: watchHead(t, directory) };
}

test('the head reaches notes when their sync is done', async (t) => {
  const { clock, log, head } = await openFaulty(t);
  await log.note(grant);
  clock.advance(50);
  await head.reaches(1);
  t.is(head.seq(), 2);
  await log.close();
});

test('the head never names notes whose sync failed', async (t) => {
  const { clock, disk, log, head } = await openFaulty(t);
  await log.note(grant);
  const gate = createGate();
  disk.nextSyncs.push(gate.fault);
  clock.advance(50);
  await gate.started;
  gate.fail();
  await gate.settled;
  disk.nextOpens.push(() => {
    throw diskError('EIO');
  });
  // Cannot mend the log, and waits for any head that is under way.
  await log.close();
  t.is(head.seq(), 1);
  t.is(await head.count(), 0);
});

test('the head tells what the disk has also when the closing anchor cannot be written', async (t) => {
  const { clock, disk, log, head } = await openFaulty(t);
  await log.append(grant);
  t.is(head.seq(), 1);
  disk.nextWrites.push(() => Promise.reject(diskError('ENOSPC')));
  await log.close();
  t.is(head.seq(), 2);
  t.is(clock.pending, 0);
});

// The limit that docs/audit-log.md states, and where it ends.
test('a crash leaves the newest records behind the head, where a cut is not noticed; the next head ends that', async (t) => {
  const directory = auditDirectory(t);
  const clock = createManualClock();
  const log = await openAuditLog(logOptions(directory, { clock }));
  const head = watchHead(t, directory);
  const durableBytes = readLog(directory).length;
  await log.append(grant);
  const cut = async (): Promise<string> => {
    const copy = copyDirectory(t, directory);
    t.is(readLines(copy).length, 2);
    truncateSync(join(copy, 'audit.jsonl'), durableBytes);
    return (await verifyAuditLog({ directory: copy })).kind;
  };
  t.is(await cut(), 'ok');
  clock.advance(50);
  await head.reaches(1);
  t.is(await cut(), 'broken');
  await log.close();
});
