import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { createStoreHandler } from '../../../src/broker/requests/store.ts';
import { AgentKeysError } from '../../../src/core/errors.ts';
import { limits } from '../../../src/protocol/limits.ts';
import { type Box, openBox, type RawClient } from '../../support/broker-box.ts';
import { createValueParts, type ValueParts } from '../../support/value-parts.ts';

interface Bench {
  readonly parts: ValueParts;
  readonly box: Box;
  readonly client: RawClient;
}

async function prepare(t: ExecutionContext): Promise<Bench> {
  const parts = createValueParts();
  const box = await openBox(t, { handlers: { store: createStoreHandler(parts) } });
  return { parts, box, client: await box.greet() };
}

async function openPipe(
  client: RawClient,
  { id = 1, service = 'demo', replace = false } = {},
): Promise<number> {
  await client.say({ id, verb: 'store', body: { service, replace } });
  const { message, descriptors } = await client.hear();
  const [pipe] = descriptors;
  if (pipe === undefined) throw new Error(JSON.stringify(message));
  return pipe;
}

async function ask(client: RawClient, verb: string, id = 1): Promise<object> {
  await client.say({ id, verb, body: {} });
  return (await client.hear()).message;
}

/** The whole of `value`, then end of file. */
function pour({ parts }: Bench, pipe: number, value: Uint8Array): void {
  for (let at = 0; at < value.length; ) at += writeSync(pipe, value, at);
  parts.addon.close(pipe);
}

/** The client goes, and a later one is greeted: by then its handler has ended. */
async function vanish({ box, client }: Bench): Promise<void> {
  client.close();
  await box.whenEmpty();
  (await box.greet()).close();
}

function assertForgotten(t: ExecutionContext, { parts }: Bench): void {
  t.is(parts.openRegions(), 0);
  t.true(parts.drops.every((isZero) => isZero));
}

for (const byteLength of [1, 64, 4096, limits.maxValueBytes]) {
  test(`stores ${byteLength} bytes as they came, once they are committed`, async (t) => {
    const bench = await prepare(t);
    const value = randomBytes(byteLength);
    pour(bench, await openPipe(bench.client), value);
    t.deepEqual(await ask(bench.client, 'store-commit'), { id: 1, ok: { version: 1 } });
    t.deepEqual(bench.parts.values.get('demo'), value);
    t.like(bench.parts.events, [
      { event: 'store', service: 'demo', pid: process.pid, uid: process.getuid?.() },
    ]);
    assertForgotten(t, bench);
  });
}

test('a writer that vanishes half-way stores nothing', async (t) => {
  const bench = await prepare(t);
  pour(bench, await openPipe(bench.client), randomBytes(100));
  await vanish(bench);
  t.is(bench.parts.values.size, 0);
  t.deepEqual(bench.parts.events, []);
  assertForgotten(t, bench);
});

test('a client that vanishes before the end of file stores nothing', async (t) => {
  const bench = await prepare(t);
  const pipe = await openPipe(bench.client);
  writeSync(pipe, randomBytes(100));
  await vanish(bench);
  bench.parts.addon.close(pipe);
  t.is(bench.parts.values.size, 0);
  assertForgotten(t, bench);
});

test('a value that is given up is forgotten, and the name is free', async (t) => {
  const bench = await prepare(t);
  pour(bench, await openPipe(bench.client), randomBytes(100));
  t.deepEqual(await ask(bench.client, 'store-abort'), { id: 1, ok: { stored: false } });
  assertForgotten(t, bench);
  pour(bench, await openPipe(bench.client), Buffer.from('second'));
  t.deepEqual(await ask(bench.client, 'store-commit'), { id: 1, ok: { version: 1 } });
});

test('a commit waits for the end of file', async (t) => {
  const bench = await prepare(t);
  const pipe = await openPipe(bench.client);
  writeSync(pipe, 'first ');
  await bench.client.say({ id: 1, verb: 'store-commit', body: {} });
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  pour(bench, pipe, Buffer.from('second'));
  t.deepEqual((await bench.client.hear()).message, { id: 1, ok: { version: 1 } });
  t.is(bench.parts.values.get('demo')?.toString(), 'first second');
});

test('a value that is too long is wiped at once and refused at its commit', async (t) => {
  const bench = await prepare(t);
  const pipe = await openPipe(bench.client);
  pour(bench, pipe, randomBytes(limits.maxValueBytes + 1));
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  t.is(bench.parts.openRegions(), 0);
  t.like(await ask(bench.client, 'store-commit'), { error: { code: 'CREDENTIAL_INVALID', exit: 1 } });
  t.is(bench.parts.values.size, 0);
  assertForgotten(t, bench);
});

test('an empty value is refused', async (t) => {
  const bench = await prepare(t);
  pour(bench, await openPipe(bench.client), Buffer.alloc(0));
  t.like(await ask(bench.client, 'store-commit'), { error: { code: 'CREDENTIAL_INVALID' } });
  assertForgotten(t, bench);
});

test('a value that does not come in time is forgotten', async (t) => {
  const bench = await prepare(t);
  const pipe = await openPipe(bench.client);
  writeSync(pipe, 'half');
  t.like(await ask(bench.client, 'status', 2), { id: 2 });
  bench.parts.clock.advance(limits.valueDeadlineMs);
  t.like(await ask(bench.client, 'store-commit'), { error: { code: 'CREDENTIAL_INVALID' } });
  bench.parts.addon.close(pipe);
  assertForgotten(t, bench);
});

test('an existing name is refused before a value is read, unless it is replaced', async (t) => {
  const bench = await prepare(t);
  bench.parts.values.set('demo', Buffer.from('old'));
  await bench.client.say({ id: 1, verb: 'store', body: { service: 'demo', replace: false } });
  const { message, descriptors } = await bench.client.hear();
  t.like(message, { error: { code: 'CREDENTIAL_EXISTS', exit: 77 } });
  t.deepEqual(descriptors, []);
  pour(bench, await openPipe(bench.client, { replace: true }), Buffer.from('new'));
  t.deepEqual(await ask(bench.client, 'store-commit'), { id: 1, ok: { version: 2 } });
});

test('a store that cannot be written down is answered as an error', async (t) => {
  const bench = await prepare(t);
  bench.parts.audited = async () => {
    throw new AgentKeysError('AUDIT_UNAVAILABLE');
  };
  pour(bench, await openPipe(bench.client), Buffer.from('value'));
  t.like(await ask(bench.client, 'store-commit'), { error: { code: 'AUDIT_UNAVAILABLE' } });
  assertForgotten(t, bench);
});

test('a second commit continues nothing', async (t) => {
  const bench = await prepare(t);
  pour(bench, await openPipe(bench.client), Buffer.from('value'));
  await ask(bench.client, 'store-commit');
  t.like(await ask(bench.client, 'store-commit'), { error: { code: 'PROTOCOL_INVALID' } });
  t.deepEqual(await bench.client.hearAll(), []);
});

test('at most sixteen values are on their way at once', async (t) => {
  const bench = await prepare(t);
  const second = await bench.box.greet();
  for (let id = 1; id <= limits.maxOpenStores; id++)
    bench.parts.addon.close(await openPipe(bench.client, { id }));
  await second.say({ id: 1, verb: 'store', body: { service: 'demo', replace: false } });
  t.like((await second.hear()).message, { error: { code: 'SECRET_MEMORY' } });
  bench.client.close();
  t.like(await ask(second, 'status', 2), { id: 2 });
  second.close();
  await bench.box.whenEmpty();
  assertForgotten(t, bench);
});
