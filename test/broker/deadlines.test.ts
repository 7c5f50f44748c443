import test from 'ava';
import type { Exchange } from '../../src/broker/exchange.ts';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';
import { openBox, type RawClient } from '../support/broker-box.ts';

const hello = encodeFrame({ hello: { protocol: 1, client: 'test/1' } });
const status = { id: 1, verb: 'status', body: {} };

/** An honest client is answered: everything that came before has been read. */
async function barrier(client: RawClient): Promise<void> {
  await client.say({ id: 77, verb: 'status', body: {} });
  await client.hear();
}

test('a client that does not say hello is dropped after ten seconds', async (t) => {
  const box = await openBox(t);
  const honest = await box.greet();
  const silent = box.connect();
  silent.write(hello.subarray(0, 3));
  await barrier(honest);
  box.clock.advance(limits.frameDeadlineMs);
  t.deepEqual(await silent.hearAll(), []);
});

test('a byte now and then does not keep a frame alive', async (t) => {
  const box = await openBox(t);
  const honest = await box.greet();
  const slow = await box.greet();
  const frame = encodeFrame(status);
  for (const at of [0, 1, 2]) {
    slow.write(frame.subarray(at, at + 1));
    await barrier(honest);
    box.clock.advance(limits.frameDeadlineMs / 3);
  }
  box.clock.advance(1);
  t.deepEqual(await slow.hearAll(), []);
  await barrier(honest);
});

test('a client that goes on asking is kept', async (t) => {
  const box = await openBox(t);
  const client = await box.greet();
  for (let round = 0; round < 5; round++) {
    box.clock.advance(limits.idleDeadlineMs - 1);
    await barrier(client);
  }
  t.is(box.listener.connectionCount, 1);
});

test('an idle client is dropped after a minute, one with an open request is not', async (t) => {
  const box = await openBox(t, { handlers: { init: () => new Promise(() => {}) } });
  const idle = await box.greet();
  const waiting = await box.greet();
  await waiting.say({ id: 1, verb: 'init', body: {} });
  await barrier(waiting);
  box.clock.advance(limits.idleDeadlineMs);
  t.deepEqual(await idle.hearAll(), []);
  await barrier(waiting);
  t.is(box.listener.connectionCount, 1);
});

test('a client that does not read is dropped when its answers exceed the bound, and others are served', async (t) => {
  const identity = 'x'.repeat(60_000);
  let asked = 0;
  const init = (exchange: Exchange<'init'>) => {
    asked++;
    return exchange.answer('init', { identity, created: false });
  };
  const box = await openBox(t, { handlers: { init } });
  const honest = await box.greet();
  const deaf = await box.greet();
  for (let id = 1; id <= 200 && deaf.write(encodeFrame({ id, verb: 'init', body: {} })); id++)
    await barrier(honest);
  t.true(asked < 50, `${asked} answers were made for a client that reads none`);
  box.clock.advance(limits.frameDeadlineMs);
  await barrier(honest);
  t.is(box.listener.connectionCount, 1);
});

test('a client whose answers exceed the bound at once is dropped without waiting', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const init = async (exchange: Exchange<'init'>) => {
    await gate;
    await exchange.answer('init', { identity: 'x'.repeat(60_000), created: false });
  };
  const box = await openBox(t, { handlers: { init } });
  const deaf = await box.greet();
  for (let id = 1; id < limits.maxOpenRequests; id++) await deaf.say({ id, verb: 'init', body: {} });
  await barrier(deaf);
  t.is(box.listener.connectionCount, 1);
  open();
  await box.whenEmpty();
  t.is(box.listener.connectionCount, 0);
});

test('a slow reader that reads in time gets everything', async (t) => {
  const identity = 'x'.repeat(60_000);
  const init = (exchange: Exchange<'init'>) => exchange.answer('init', { identity, created: false });
  const client = await (await openBox(t, { handlers: { init } })).greet();
  for (let id = 1; id <= 5; id++) await client.say({ id, verb: 'init', body: {} });
  for (let id = 1; id <= 5; id++) t.like((await client.hear()).message, { id, ok: { identity } });
});
