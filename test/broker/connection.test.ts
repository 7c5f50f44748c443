import test from 'ava';
import type { Exchange } from '../../src/broker/exchange.ts';
import { AgentKeysError } from '../../src/core/errors.ts';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';
import { openBox, sampleStatus } from '../support/broker-box.ts';

const hello = { hello: { protocol: 1, client: 'test/1' } };
const status = (id: number) => ({ id, verb: 'status', body: {} });

/** The last thing that is said before the connection closes. */
function refusal(messages: readonly object[]): { code: string; message: string } {
  const last = messages.at(-1);
  return last !== undefined && 'error' in last
    ? (last.error as { code: string; message: string })
    : { code: 'none', message: '' };
}

test('a hello is answered, and so is a request sent right behind it', async (t) => {
  const client = (await openBox(t)).connect();
  client.write(Buffer.concat([encodeFrame(hello), encodeFrame(status(7))]));
  t.deepEqual((await client.hear()).message, { hello: { protocol: 1, version: '0.1.0', mode: 'user' } });
  t.deepEqual((await client.hear()).message, { id: 7, ok: sampleStatus });
});

test('a request that comes byte by byte is answered', async (t) => {
  const box = await openBox(t);
  const client = box.connect();
  for (const byte of Buffer.concat([encodeFrame(hello), encodeFrame(status(1))]))
    client.write(Buffer.of(byte));
  await client.hear();
  t.deepEqual((await client.hear()).message, { id: 1, ok: sampleStatus });
});

test('requests are answered as they are done, each under its id', async (t) => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const init = async (exchange: Exchange<'init'>) => {
    await gate;
    await exchange.answer('init', { identity: 'ak-1', created: true });
  };
  const client = await (await openBox(t, { handlers: { init } })).greet();
  await client.say({ id: 1, verb: 'init', body: {} });
  await client.say(status(2));
  t.deepEqual((await client.hear()).message, { id: 2, ok: sampleStatus });
  open();
  t.deepEqual((await client.hear()).message, { id: 1, ok: { identity: 'ak-1', created: true } });
});

const breaches: readonly (readonly [string, object | Buffer, RegExp])[] = [
  ['a second hello', hello, /field is unknown or missing/],
  ['an unknown verb', { id: 1, verb: 'shell', body: {} }, /verb is unknown/],
  ['the name of a prototype as verb', { id: 1, verb: 'constructor', body: {} }, /verb is unknown/],
  ['an unknown field beside the body', { ...status(1), uid: 0 }, /field is unknown/],
  ['an unknown field in the body', { id: 1, verb: 'status', body: { all: true } }, /does not fit its schema/],
  ['a continuation of nothing', { id: 1, verb: 'store-commit', body: {} }, /continues nothing/],
  ['a body beyond its bytes', { id: 1, verb: 'status', body: { pad: 'x'.repeat(300) } }, /at most 256 bytes/],
  ['a body that is no object', { id: 1, verb: 'status', body: [] }, /not an object/],
  [
    'text that is no JSON',
    Buffer.from('\u0000\u0000\u0000\u0003\u0000\u0000\u0000\u0000abc', 'latin1'),
    /not JSON/,
  ],
  ['an oversized frame', Buffer.from('00010001000000007b', 'hex'), /longer than 65536/],
];

for (const [what, sent, message] of breaches) {
  test(`${what} is refused and ends the connection`, async (t) => {
    const client = await (await openBox(t)).greet();
    client.write(Buffer.isBuffer(sent) ? sent : encodeFrame(sent));
    const refused = refusal(await client.hearAll());
    t.is(refused.code, 'PROTOCOL_INVALID');
    t.regex(refused.message, message);
  });
}

test('nothing is answered before the hello', async (t) => {
  const client = (await openBox(t)).connect();
  await client.say(status(1));
  const said = await client.hearAll();
  t.is(said.length, 1);
  t.like(refusal(said), { code: 'PROTOCOL_INVALID' });
});

test('a long first frame is refused by its header alone', async (t) => {
  const client = (await openBox(t)).connect();
  client.write(Buffer.from('0000010100000000', 'hex'));
  t.regex(refusal(await client.hearAll()).message, /longer than 256 bytes/);
});

test('another version of the protocol is refused', async (t) => {
  const client = (await openBox(t)).connect();
  await client.say({ hello: { protocol: 2, client: 'test/1' } });
  t.regex(refusal(await client.hearAll()).message, /speaks version 1/);
});

test('a mistyped name is answered, and the connection goes on', async (t) => {
  const client = await (await openBox(t)).greet();
  await client.say({ id: 1, verb: 'read', body: { service: 'Not A Name' } });
  const { message } = await client.hear();
  t.like(message, { id: 1, error: { code: 'NAME_INVALID', exit: 2 } });
  await client.say(status(2));
  t.deepEqual((await client.hear()).message, { id: 2, ok: sampleStatus });
});

test('the id of an open request cannot be used again', async (t) => {
  const init = () => new Promise<void>(() => {});
  const client = await (await openBox(t, { handlers: { init } })).greet();
  await client.say({ id: 1, verb: 'init', body: {} });
  await client.say(status(1));
  t.regex(refusal(await client.hearAll()).message, /id of an open request/);
});

test('no more requests are open than the limit', async (t) => {
  const closed: number[] = [];
  const init = (exchange: Exchange<'init'>) =>
    new Promise<void>((resolve) => {
      exchange.onClose(() => {
        closed.push(1);
        resolve();
      });
    });
  const client = await (await openBox(t, { handlers: { init } })).greet();
  for (let id = 1; id <= limits.maxOpenRequests + 1; id++) await client.say({ id, verb: 'init', body: {} });
  t.regex(refusal(await client.hearAll()).message, /more than 16 requests/);
  t.is(closed.length, limits.maxOpenRequests);
});

test("a handler's own error is answered with code, hint and exit code", async (t) => {
  const init = async () => {
    throw new AgentKeysError('VAULT_UNWRITABLE', { rule: 'ENOSPC' });
  };
  const client = await (await openBox(t, { handlers: { init } })).greet();
  await client.say({ id: 3, verb: 'init', body: {} });
  t.like((await client.hear()).message, {
    id: 3,
    error: { code: 'VAULT_UNWRITABLE', message: 'the vault cannot be written: ENOSPC', exit: 1 },
  });
});

test("a stranger's error says nothing of itself", async (t) => {
  const init = async () => {
    throw new TypeError('canary in a message');
  };
  const client = await (await openBox(t, { handlers: { init } })).greet();
  await client.say({ id: 3, verb: 'init', body: {} });
  const { message } = await client.hear();
  t.like(message, { id: 3, error: { code: 'INTERNAL' } });
  t.false(JSON.stringify(message).includes('canary'));
});

test('a handler that forgets to answer is answered for', async (t) => {
  const client = await (await openBox(t, { handlers: { init: async () => {} } })).greet();
  await client.say({ id: 3, verb: 'init', body: {} });
  t.like((await client.hear()).message, { id: 3, error: { code: 'INTERNAL' } });
});

test('an answer that does not fit a frame is an error, and the connection goes on', async (t) => {
  const init = (exchange: Exchange<'init'>) =>
    exchange.answer('init', { identity: 'x'.repeat(70_000), created: true });
  const client = await (await openBox(t, { handlers: { init } })).greet();
  await client.say({ id: 3, verb: 'init', body: {} });
  t.like((await client.hear()).message, { id: 3, error: { code: 'PROTOCOL_INVALID' } });
  await client.say(status(4));
  t.like((await client.hear()).message, { id: 4 });
});

test('a launch keeps the exit codes below 124 for its agent', async (t) => {
  const launch = async (exchange: Exchange<'launch'>) => {
    throw new AgentKeysError(exchange.body.profile === undefined ? 'PROFILE_MISSING' : 'LAUNCH_NOT_FOUND', {
      profile: 'x',
    });
  };
  const box = await openBox(t, { handlers: { launch } });
  const client = await box.greet();
  for (const [id, body, exit] of [
    [1, {}, 125],
    [2, { profile: 'demo' }, 127],
  ] as const) {
    const descriptors = box.addon.pipe();
    await client.say({ id, verb: 'launch', body }, descriptors);
    for (const descriptor of descriptors) box.addon.close(descriptor);
    t.like((await client.hear()).message, { id, error: { exit } });
  }
});

test('a client that is gone is told to its handlers', async (t) => {
  const { promise: told, resolve } = Promise.withResolvers<boolean>();
  const init = (exchange: Exchange<'init'>) =>
    new Promise<void>(() => {
      exchange.onClose(() => resolve(exchange.isClosed));
    });
  const client = await (await openBox(t, { handlers: { init } })).greet();
  await client.say({ id: 3, verb: 'init', body: {} });
  client.close();
  t.true(await told);
});
