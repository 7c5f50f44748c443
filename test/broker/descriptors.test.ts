import { closeSync, openSync, readSync } from 'node:fs';
import test from 'ava';
import type { Exchange } from '../../src/broker/exchange.ts';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { type Box, countDescriptors, openBox, type RawClient } from '../support/broker-box.ts';

const launch = { id: 1, verb: 'launch', body: {} };
const status = { id: 1, verb: 'status', body: {} };

/** Descriptors of /dev/null, closed after the send. */
function withDescriptors(count: number, send: (descriptors: readonly number[]) => void): void {
  const descriptors = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
  send(descriptors);
  for (const descriptor of descriptors) closeSync(descriptor);
}

/** The broker has dealt with everything before: it answers a later question, or has closed. */
async function settle(client: RawClient): Promise<void> {
  client.write(encodeFrame({ id: 999, verb: 'status', body: {} }));
  for (;;) {
    try {
      const { message, descriptors } = await client.hear();
      for (const descriptor of descriptors) closeSync(descriptor);
      if (message.id === 999) return;
    } catch {
      return;
    }
  }
}

const ignore = async (exchange: Exchange<'launch'>) => {
  await exchange.answer('launch', {});
};
const fail = async () => {
  throw new Error('before it took anything');
};

const cases: readonly (readonly [string, (client: RawClient) => void])[] = [
  [
    'that its handler never takes',
    (client) => withDescriptors(2, (fds) => client.write(encodeFrame(launch, 2), fds)),
  ],
  [
    'beside a frame that announces none',
    (client) =>
      withDescriptors(3, (fds) => client.write(encodeFrame({ id: 1, verb: 'status', body: {} }), fds)),
  ],
  [
    'beyond those announced',
    (client) => withDescriptors(3, (fds) => client.write(encodeFrame(launch, 2), fds)),
  ],
  [
    'fewer than announced',
    (client) => withDescriptors(1, (fds) => client.write(encodeFrame(launch, 2), fds)),
  ],
  [
    'of a verb that takes none',
    (client) =>
      withDescriptors(2, (fds) => client.write(encodeFrame({ id: 1, verb: 'status', body: {} }, 2), fds)),
  ],
  [
    'of an unknown verb',
    (client) =>
      withDescriptors(2, (fds) => client.write(encodeFrame({ id: 1, verb: 'x', body: {} }, 2), fds)),
  ],
  [
    'of a frame that is no JSON',
    (client) => withDescriptors(2, (fds) => client.write(Buffer.from('0000000100020000ff', 'hex'), fds)),
  ],
  [
    'of a frame that never ends',
    (client) => withDescriptors(2, (fds) => client.write(encodeFrame(launch, 2).subarray(0, 20), fds)),
  ],
  [
    'as many as the kernel takes',
    (client) => withDescriptors(253, (fds) => client.write(encodeFrame(launch, 4), fds)),
  ],
];

const never = () => new Promise<void>(() => {});
const handlers = [
  ['', ignore],
  [', also when its handler fails', fail],
  [', also when its handler never ends', never],
] as const;

for (const [when, handler] of handlers) {
  for (const [what, send] of cases) {
    test.serial(`closes descriptors ${what}${when}`, async (t) => {
      const box = await openBox(t, { handlers: { launch: handler } });
      const before = countDescriptors();
      const client = await box.greet();
      send(client);
      if (!what.includes('never ends')) await settle(client);
      await closeAndWait(box, client);
      t.is(countDescriptors(), before);
    });
  }
}

const breaches: readonly (readonly [string, number, number])[] = [
  ['one more than announced', 3, 2],
  ['more than a frame may carry', 5, 4],
  ['as many as the kernel takes', 253, 4],
  ['one with a frame that announces none', 1, 0],
];

for (const [what, count, announced] of breaches) {
  test.serial(`${what} ends the connection`, async (t) => {
    const box = await openBox(t, { handlers: { launch: never } });
    const client = await box.greet();
    withDescriptors(count, (fds) =>
      client.write(encodeFrame(announced === 0 ? status : launch, announced), fds),
    );
    t.regex(JSON.stringify(await client.hearAll()), /descriptors came that no frame announces/);
  });
}

test.serial('a thousand clients that reset at once leave nothing behind', async (t) => {
  const box = await openBox(t, { handlers: { launch: () => new Promise(() => {}) } });
  const before = countDescriptors();
  for (let round = 0; round < 1000; round++) {
    const client = box.connect();
    client.write(encodeFrame({ hello: { protocol: 1, client: 'test/1' } }));
    withDescriptors(2, (fds) => client.write(encodeFrame(launch, 2), fds));
    client.close();
    if (round % 50 === 49) await box.whenEmpty();
  }
  await box.whenEmpty();
  t.is(box.listener.connectionCount, 0);
  t.is(countDescriptors(), before);
});

test.serial('a descriptor reaches the handler as it was sent', async (t) => {
  const { promise: taken, resolve } = Promise.withResolvers<number[]>();
  const take = async (exchange: Exchange<'launch'>) => {
    resolve(exchange.takeDescriptors());
    await exchange.answer('launch', {});
  };
  const box = await openBox(t, { handlers: { launch: take } });
  const client = await box.greet();
  const [readEnd, writeEnd] = box.addon.pipe();
  await client.say(launch, [readEnd, writeEnd]);
  box.addon.close(readEnd);
  box.addon.close(writeEnd);
  const [first = -1, second = -1] = await taken;
  const region = box.addon.regionCreate(1, true);
  t.is(box.addon.regionWriteTo(region, 0, 1, second), 1);
  t.is(readSync(first, Buffer.alloc(4)), 1);
  box.addon.regionDrop(region);
  box.addon.close(first);
  box.addon.close(second);
});

test.serial(
  'a descriptor in an answer is closed here after the send, and when the client is gone before it',
  async (t) => {
    const give = async (exchange: Exchange<'store'>) => {
      await exchange.answer('store', { pipe: true }, [openSync('/dev/null', 'r')]);
    };
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const giveLate = async (exchange: Exchange<'read'>) => {
      exchange.onClose(open);
      await gate;
      await exchange.answer('read', { byteLength: 1 }, [openSync('/dev/null', 'r')]);
    };
    const box = await openBox(t, { handlers: { store: give, read: giveLate } });
    const before = countDescriptors();
    const client = await box.greet();
    await client.say({ id: 1, verb: 'store', body: { service: 'demo', replace: false } });
    const { descriptors } = await client.hear();
    t.is(descriptors.length, 1);
    for (const descriptor of descriptors) closeSync(descriptor);
    await client.say({ id: 2, verb: 'read', body: { service: 'demo' } });
    await settle(client);
    await closeAndWait(box, client);
    await gate;
    t.is(countDescriptors(), before);
  },
);

/** The broker has seen every client go. */
async function closeAndWait(box: Box, client: RawClient): Promise<void> {
  client.close();
  await box.whenEmpty();
}
