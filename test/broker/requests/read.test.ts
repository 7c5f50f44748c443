import { randomBytes } from 'node:crypto';
import { readFileSync, readSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { createReadHandler } from '../../../src/broker/requests/read.ts';
import { AgentKeysError } from '../../../src/core/errors.ts';
import { type Addon, loadAddon } from '../../../src/native/addon.ts';
import { type Box, openBox, type RawClient } from '../../support/broker-box.ts';
import { createValueParts, type ValueParts } from '../../support/value-parts.ts';

interface Bench {
  readonly parts: ValueParts;
  readonly box: Box;
  readonly client: RawClient;
  readonly value: Buffer;
}

interface PrepareOptions {
  readonly byteLength?: number;
  readonly override?: Partial<Addon>;
  readonly mayRead?: ValueParts['mayRead'];
}

async function prepare(
  t: ExecutionContext,
  { byteLength = 48, override = {}, mayRead }: PrepareOptions = {},
): Promise<Bench> {
  const parts = createValueParts(override);
  const value = randomBytes(byteLength);
  parts.values.set('demo', Buffer.from(value));
  const read = createReadHandler(mayRead === undefined ? parts : { ...parts, mayRead });
  const box = await openBox(t, { handlers: { read } });
  return { parts, box, client: await box.greet(), value };
}

const read = (client: RawClient, service = 'demo') => client.say({ id: 1, verb: 'read', body: { service } });

async function hearPipe(client: RawClient): Promise<number> {
  const { message, descriptors } = await client.hear();
  const [pipe] = descriptors;
  if (pipe === undefined) throw new Error(JSON.stringify(message));
  return pipe;
}

async function ask(client: RawClient, verb: string, id = 1): Promise<object> {
  await client.say({ id, verb, body: {} });
  return (await client.hear()).message;
}

function assertForgotten(t: ExecutionContext, { parts }: Bench): void {
  t.is(parts.openRegions(), 0);
  t.true(parts.drops.every((isZero) => isZero));
}

for (const byteLength of [1, 48, 65_535]) {
  test(`delivers ${byteLength} bytes as they were stored, and writes down grant, delivery and drop`, async (t) => {
    const bench = await prepare(t, { byteLength });
    await read(bench.client);
    const pipe = await hearPipe(bench.client);
    t.deepEqual(await ask(bench.client, 'read-finish'), { id: 1, ok: { delivered: true } });
    t.deepEqual(readFileSync(pipe), bench.value);
    bench.parts.addon.close(pipe);
    const common = {
      service: 'demo',
      backend: 'vault',
      delivery: 'pipe',
      uid: process.getuid?.(),
      pid: process.pid,
    };
    t.deepEqual(bench.parts.events, [
      { event: 'grant', ...common },
      { event: 'deliver', ...common },
      { event: 'drop', ...common, reason: 'delivered' },
    ] as typeof bench.parts.events);
    assertForgotten(t, bench);
  });
}

test('nothing leaves before the grant is durable', async (t) => {
  const bench = await prepare(t);
  const { promise: durable, resolve } = Promise.withResolvers<void>();
  bench.parts.audited = () => durable;
  await read(bench.client);
  // The later question is answered first: the read has not been.
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  t.deepEqual(bench.parts.events, []);
  resolve();
  const pipe = await hearPipe(bench.client);
  t.deepEqual(await ask(bench.client, 'read-finish'), { id: 1, ok: { delivered: true } });
  t.deepEqual(readFileSync(pipe), bench.value);
  bench.parts.addon.close(pipe);
});

test('the value is in the pipe, and the pipe ended, before its reader hears of it', async (t) => {
  const bench = await prepare(t, { byteLength: 65_535 });
  await read(bench.client);
  const pipe = await hearPipe(bench.client);
  // No turn of the event loop between: reading a pipe that is not full yet would throw EAGAIN.
  t.deepEqual(readFileSync(pipe), bench.value);
  bench.parts.addon.close(pipe);
});

test('a grant that cannot be written down releases nothing', async (t) => {
  const bench = await prepare(t);
  bench.parts.audited = async () => {
    throw new AgentKeysError('AUDIT_UNAVAILABLE');
  };
  await read(bench.client);
  const { message, descriptors } = await bench.client.hear();
  t.like(message, { error: { code: 'AUDIT_UNAVAILABLE' } });
  t.deepEqual(descriptors, []);
  assertForgotten(t, bench);
});

test('a denial is written down and opens nothing', async (t) => {
  const bench = await prepare(t, { mayRead: () => ({ kind: 'deny', rule: 'a rule' }) });
  await read(bench.client);
  t.like((await bench.client.hear()).message, {
    error: { code: 'POLICY_REFUSED', message: 'not allowed: a rule', exit: 77 },
  });
  t.like(bench.parts.events, [{ event: 'deny', service: 'demo', reason: 'a rule' }]);
  t.is(bench.parts.drops.length, 0);
});

test('what a person must release is not read', async (t) => {
  const bench = await prepare(t, { mayRead: () => ({ kind: 'ask' }) });
  await read(bench.client);
  t.like((await bench.client.hear()).message, { error: { code: 'POLICY_REFUSED' } });
});

test('a denied name and a missing name are told apart only by who may read', async (t) => {
  const denied = await prepare(t, { mayRead: () => ({ kind: 'deny', rule: 'a rule' }) });
  await read(denied.client, 'absent');
  const absent = (await denied.client.hear()).message;
  await read(denied.client, 'demo');
  t.deepEqual((await denied.client.hear()).message, absent);
  const allowed = await prepare(t);
  await read(allowed.client, 'absent');
  t.like((await allowed.client.hear()).message, { error: { code: 'CREDENTIAL_MISSING', exit: 1 } });
});

/** The pipe takes ten bytes, and no more until it is opened. */
function createNarrowPipe() {
  const real = loadAddon();
  const state = { isOpen: false, calls: 0 };
  const regionWriteTo: Addon['regionWriteTo'] = (region, offset, byteLength, fd) => {
    state.calls++;
    if (state.calls > 1 && !state.isOpen) return -1;
    return real.regionWriteTo(region, offset, state.isOpen ? byteLength : Math.min(10, byteLength), fd);
  };
  return { state, regionWriteTo };
}

test('a value that does not fit the pipe follows when there is room', async (t) => {
  const { state, regionWriteTo } = createNarrowPipe();
  const bench = await prepare(t, { override: { regionWriteTo } });
  await read(bench.client);
  const pipe = await hearPipe(bench.client);
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  state.isOpen = true;
  t.deepEqual(await ask(bench.client, 'read-finish'), { id: 1, ok: { delivered: true } });
  t.deepEqual(readFileSync(pipe), bench.value);
  bench.parts.addon.close(pipe);
});

test('a reader that stops early is told so, and nothing is written down as delivered', async (t) => {
  const { state, regionWriteTo } = createNarrowPipe();
  const bench = await prepare(t, { override: { regionWriteTo } });
  await read(bench.client);
  const pipe = await hearPipe(bench.client);
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  t.is(readSync(pipe, Buffer.alloc(10)), 10);
  bench.parts.addon.close(pipe);
  state.isOpen = true;
  t.like(await ask(bench.client, 'read-finish'), { error: { code: 'OUTPUT_INCOMPLETE' } });
  t.deepEqual(
    bench.parts.events.map(({ event, reason }) => [event, reason]),
    [
      ['grant', undefined],
      ['drop', 'exit'],
    ],
  );
  assertForgotten(t, bench);
});

test('a client that vanishes before it has read leaves nothing behind', async (t) => {
  const { regionWriteTo } = createNarrowPipe();
  const bench = await prepare(t, { override: { regionWriteTo } });
  await read(bench.client);
  const pipe = await hearPipe(bench.client);
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  const { promise: dropped, resolve } = Promise.withResolvers<void>();
  bench.parts.audited = async ({ event }) => {
    if (event === 'drop') resolve();
  };
  bench.client.close();
  await dropped;
  bench.parts.addon.close(pipe);
  assertForgotten(t, bench);
});

test('a delivery that cannot be written down is told at the end', async (t) => {
  const bench = await prepare(t);
  bench.parts.audited = async ({ event }) => {
    if (event !== 'grant') throw new AgentKeysError('AUDIT_UNAVAILABLE');
  };
  await read(bench.client);
  bench.parts.addon.close(await hearPipe(bench.client));
  t.like(await ask(bench.client, 'read-finish'), { error: { code: 'AUDIT_UNAVAILABLE' } });
  assertForgotten(t, bench);
});
