/** Bytes that are no frames, frames that are no requests, and requests out of order: each costs its sender the connection, and nobody else anything. */
import { encodeFrame, headerBytes } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { RawClient } from '../support/broker-box.ts';
import { asRoot } from '../support/root.ts';
import { hello, openTarget, type Target } from '../support/target.ts';

const status = { id: 1, verb: 'status', body: {} };

/** A frame whose payload is these very bytes. */
function raw(payload: Uint8Array | string, descriptorCount = 0): Buffer {
  const bytes = Buffer.from(payload);
  const frame = Buffer.alloc(headerBytes + bytes.length);
  frame.writeUInt32BE(bytes.length, 0);
  frame.writeUInt16BE(descriptorCount, 4);
  bytes.copy(frame, headerBytes);
  return frame;
}

const json = (value: unknown): Buffer => raw(JSON.stringify(value));
const header = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** Before or in place of a hello. */
const greetings: readonly (readonly [string, Buffer])[] = [
  ['an announcement of 1 GiB', header('40000000 0000 0000')],
  ['an announcement of all ones', header('ffffffff ffff ffff')],
  ['an announcement of nothing', header('00000000 0000 0000')],
  ['a hello one byte too long', raw(JSON.stringify(hello).padEnd(limits.maxHelloBytes + 1))],
  ['four million bytes of ones', Buffer.alloc(4_000_000, 0xff)],
  ['a megabyte of [', Buffer.alloc(1_000_000, '[')],
  ['a request before the hello', json(status)],
  ['another version', json({ hello: { protocol: 2, client: 'hostile/1' } })],
  ['a version in words', json({ hello: { protocol: '1', client: 'hostile/1' } })],
  ['a client with a newline', json({ hello: { protocol: 1, client: 'a\nb' } })],
  ['a client that is too long', json({ hello: { protocol: 1, client: 'a'.repeat(65) } })],
  ['a member more', json({ hello: { protocol: 1, client: 'a', uid: 0 } })],
  ['a prototype', raw('{"hello":{"protocol":1,"client":"a","__proto__":{"uid":0}}}')],
  ['an http request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
];

const unusableIds = ['0', '-1', '1.5', '2147483648', '1e309', '-0', '"1"', 'null', '[1]', '{}', 'true'];
const unusableVerbs = [
  '"shell"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"STATUS"',
  '"status "',
  '""',
];
const unusableBodies = ['null', '[]', '"x"', '1'];
const surplus = [
  '"x":1',
  '"__proto__":{"approved":true}',
  '"constructor":{"x":1}',
  '"uid":0',
  '"isAdmin":true',
];

/** After a hello. */
const requests: readonly (readonly [string, Buffer])[] = [
  ['an announcement of one byte too many', header('00010001 0000 0000')],
  ['a frame of nothing but [', raw(Buffer.alloc(limits.maxPayloadBytes, '['))],
  ['lists in lists', raw(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
  [
    'lists in a body',
    raw(`{"id":1,"verb":"launch","body":{"with":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`),
  ],
  [
    'as many members as fit',
    json({ ...status, body: Object.fromEntries(Array.from({ length: 6000 }, (_, n) => [n, 0])) }),
  ],
  ['a body too long for its verb', json({ ...status, body: { x: 'x'.repeat(300) } })],
  ['a second hello', json(hello)],
  ['text that is not UTF-8', raw(Buffer.from('{"id":1,"verb":"\xff","body":{}}', 'latin1'))],
  ['half a surrogate in bytes', raw(Buffer.from('{"id":1,"verb":"\xed\xa0\x80","body":{}}', 'latin1'))],
  ['half a surrogate in an escape', raw('{"id":1,"verb":"\\ud800","body":{}}')],
  ['UTF-16', raw(Buffer.from(JSON.stringify(status), 'utf16le'))],
  ['a byte order mark', raw(`\ufeff${JSON.stringify(status)}`)],
  ['two objects in one frame', raw(`${JSON.stringify(status)}${JSON.stringify(status)}`)],
  ['a comment', raw(`/**/${JSON.stringify(status)}`)],
  ['a NUL', raw(`${JSON.stringify(status)}\0`)],
  ['a list', raw('[]')],
  ['a bare word', raw('null')],
  ...unusableIds.map((id) => [`the id ${id}`, raw(`{"id":${id},"verb":"status","body":{}}`)] as const),
  ...unusableVerbs.map((verb) => [`the verb ${verb}`, raw(`{"id":1,"verb":${verb},"body":{}}`)] as const),
  ...unusableBodies.map(
    (body) => [`the body ${body}`, raw(`{"id":1,"verb":"status","body":${body}}`)] as const,
  ),
  ...surplus.map(
    (more) => [`beside the body ${more}`, raw(`{"id":1,"verb":"status","body":{},${more}}`)] as const,
  ),
  ...surplus.map(
    (more) => [`in the body ${more}`, raw(`{"id":1,"verb":"status","body":{${more}}}`)] as const,
  ),
  ...surplus.map(
    (more) =>
      [`beside the name ${more}`, raw(`{"id":1,"verb":"read","body":{"service":"demo",${more}}}`)] as const,
  ),
  ['a continuation of nothing', json({ id: 7, verb: 'store-commit', body: {} })],
  ['the end of a reading that was never begun', json({ id: 7, verb: 'read-finish', body: {} })],
];

/** Writes all of it as the broker takes it, or until the broker has closed; what it said until then. */
async function provoke(client: RawClient, bytes: Buffer): Promise<string> {
  for (let at = 0; at < bytes.length; at += 65_536) if (!client.write(bytes.subarray(at, at + 65_536))) break;
  return JSON.stringify(await client.hearAll());
}

async function requireClosed(target: Target, client: RawClient, bytes: Buffer): Promise<string> {
  const said = await provoke(client, bytes);
  client.close();
  return said.includes(target.canary) ? 'the value' : said;
}

asRoot('whatever is no hello ends its connection, and nobody else notices', async (t) => {
  const target = await openTarget(t);
  for (const [what, bytes] of greetings) {
    const said = await requireClosed(target, target.connect(), bytes);
    // A stream that goes on behind its error may be reset before the error is read.
    if (bytes.length < 65_536) t.regex(said, /^\[\{"error":\{"code":"PROTOCOL_INVALID"/, what);
  }
  await target.requireUnharmed();
});

asRoot('whatever is no request ends its connection, and nobody else notices', async (t) => {
  const target = await openTarget(t);
  for (const [what, bytes] of requests) {
    const said = await requireClosed(target, await target.greet(), bytes);
    t.regex(said, /^\[\{("id":\d+,)?"error":\{"code":"PROTOCOL_INVALID"/, what);
  }
  await target.requireUnharmed();
});

/** One connection, frames in this order. */
const orders: readonly (readonly [string, readonly object[]])[] = [
  ['an id in use', [{ id: 1, verb: 'store', body: { service: 'fresh', replace: false } }, status]],
  [
    'the end of another verb',
    [
      { id: 1, verb: 'store', body: { service: 'fresh', replace: false } },
      { id: 1, verb: 'read-finish', body: {} },
    ],
  ],
  [
    'an end twice',
    [
      { id: 1, verb: 'read', body: { service: 'demo' } },
      { id: 1, verb: 'read-finish', body: {} },
      { id: 1, verb: 'read-finish', body: {} },
      { id: 1, verb: 'read-finish', body: {} },
    ],
  ],
  ['the end of a finished request', [status, { id: 1, verb: 'store-commit', body: {} }]],
  [
    'seventeen at once',
    Array.from({ length: 17 }, (_, n) => ({
      id: n + 1,
      verb: 'store',
      body: { service: `fresh${n}`, replace: false },
    })),
  ],
];

asRoot('requests out of order end their connection, and nothing is stored', async (t) => {
  const target = await openTarget(t);
  for (const [what, frames] of orders) {
    const client = await target.greet();
    const said = await requireClosed(
      target,
      client,
      Buffer.concat(frames.map((frame) => encodeFrame(frame))),
    );
    t.regex(said, /"code":"PROTOCOL_INVALID"/, what);
  }
  const missing = await target.home.run(['read', 'fresh', '--unsafe-stdout']);
  t.regex(missing.stderr, /no credential named fresh is stored/);
  await target.requireUnharmed();
});

asRoot('a request arrives whole wherever it is cut, and as many as may be open come at once', async (t) => {
  const target = await openTarget(t);
  const bytes = Buffer.concat([encodeFrame(hello), encodeFrame(status)]);
  const honest = await target.greet();
  for (let cut = 1; cut < bytes.length; cut++) {
    const client = target.connect();
    client.write(bytes.subarray(0, cut));
    // The broker has read the first piece once it answers a later question.
    await honest.say(status);
    await honest.hear();
    client.write(bytes.subarray(cut));
    await client.hear();
    t.like((await client.hear()).message, { id: 1, ok: { mode: 'user' } }, `cut at ${cut}`);
    client.close();
  }
  const client = target.connect();
  const many = Array.from({ length: limits.maxOpenRequests }, (_, n) =>
    encodeFrame({ ...status, id: n + 1 }),
  );
  client.write(Buffer.concat([encodeFrame(hello), ...many]));
  await client.hear();
  for (let id = 1; id <= many.length; id++) t.is((await client.hear()).message.id, id);
  client.close();
  honest.close();
  await target.requireUnharmed();
});
