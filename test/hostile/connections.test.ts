/** Clients that reset, stall, crowd or send descriptors that nobody asked for: the daemon gives back all that they cost. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { RawClient } from '../support/broker-box.ts';
import { asRoot } from '../support/root.ts';
import { hello, openTarget, type Target } from '../support/target.ts';

const status = { id: 1, verb: 'status', body: {} };
const launch = { id: 1, verb: 'launch', body: {} };
const read = { id: 1, verb: 'read', body: { service: 'demo' } };
const store = { id: 1, verb: 'store', body: { service: 'fresh', replace: false } };

function withDescriptors(count: number, send: (descriptors: readonly number[]) => void): void {
  const descriptors = Array.from({ length: count }, () => openSync('/dev/null', 'r'));
  send(descriptors);
  for (const descriptor of descriptors) closeSync(descriptor);
}

/** Where a client may be when it goes away; each closes with the daemon's words unread, which is a reset. */
const steps: readonly ((client: RawClient) => void)[] = [
  () => {},
  (client) => client.write(encodeFrame(hello).subarray(0, 5)),
  (client) => client.write(encodeFrame(hello)),
  (client) => client.write(Buffer.concat([encodeFrame(hello), encodeFrame(status).subarray(0, 20)])),
  (client) => client.write(Buffer.concat([encodeFrame(hello), encodeFrame(status)])),
  (client) => client.write(Buffer.concat([encodeFrame(hello), encodeFrame(store)])),
  (client) => client.write(Buffer.concat([encodeFrame(hello), encodeFrame(read)])),
  (client) => {
    client.write(encodeFrame(hello));
    withDescriptors(2, (fds) => client.write(encodeFrame(launch, 2), fds));
  },
];

asRoot('a thousand clients that reset, at every step of a request, leave nothing behind', async (t) => {
  const target = await openTarget(t);
  const honest = await target.greet();
  for (let round = 0; round < 1000; round++) {
    const client = target.connect();
    steps[round % steps.length]?.(client);
    // Every other one is read before it goes: the broker is then further on.
    if (round % 16 < 8) await ask(honest);
    client.close();
  }
  await ask(honest);
  honest.close();
  await target.requireUnharmed();
});

async function ask(client: RawClient): Promise<void> {
  await client.say(status);
  await client.hear();
}

const bundles: readonly (readonly [string, number, Buffer])[] = [
  ['with a frame that announces none', 253, encodeFrame(status)],
  ['with a frame that announces four', 253, encodeFrame(launch, 4)],
  ['with a piece of a frame', 253, encodeFrame(launch, 4).subarray(0, 3)],
  ['one too many', 3, encodeFrame(launch, 2)],
  ['one too few', 1, encodeFrame(launch, 2)],
  ['for a verb that takes none', 2, encodeFrame(read, 2)],
];

asRoot('descriptors that no frame announces are closed, a thousand messages of them', async (t) => {
  const target = await openTarget(t);
  for (let round = 0; round < 1000; round++) {
    const [what, count, bytes] = bundles[round % bundles.length] ?? ['', 0, Buffer.alloc(0)];
    const client = await target.greet();
    withDescriptors(count, (fds) => client.write(bytes, fds));
    if (bytes.length > 3) t.regex(JSON.stringify(await client.hearAll()), /"code":"PROTOCOL_INVALID"/, what);
    client.close();
  }
  await target.requireUnharmed();
});

asRoot('descriptors sent before the hello are closed with the connection', async (t) => {
  const target = await openTarget(t);
  const client = target.connect();
  withDescriptors(253, (fds) => client.write(encodeFrame(hello), fds));
  t.regex(JSON.stringify(await client.hearAll()), /"code":"PROTOCOL_INVALID"/);
  await target.requireUnharmed();
});

asRoot('a client is served while five hundred others say a byte and no more', async (t) => {
  const target = await openTarget(t);
  const slow: RawClient[] = [];
  for (let count = 0; count < 500; count++) {
    const client = target.connect();
    client.write(encodeFrame(hello).subarray(0, 1 + (count % 8)));
    slow.push(client);
  }
  await requireServed(target, 100);
  for (const client of slow) client.close();
  await target.requireUnharmed();
});

asRoot(
  'a client is served while five hundred others have said hello and stop in their next frame',
  async (t) => {
    const target = await openTarget(t);
    const slow: RawClient[] = [];
    for (let count = 0; count < 500; count++) {
      const client = await target.greet();
      client.write(encodeFrame(status).subarray(0, 1 + (count % 20)));
      slow.push(client);
    }
    await requireServed(target, 100);
    for (const client of slow) client.close();
    await target.requireUnharmed();
  },
);

async function requireServed(target: Target, count: number): Promise<void> {
  for (let done = 0; done < count; done++) {
    const client = await target.greet();
    await ask(client);
    client.close();
  }
}

asRoot('unfinished frames cost the broker less than twice what may be held', async (t) => {
  const target = await openTarget(t);
  const before = residentBytes(target.broker);
  const almost = Buffer.concat([Buffer.from('0001000000000000', 'hex'), Buffer.alloc(60_000, ' ')]);
  const clients: RawClient[] = [];
  for (let count = 0; count < 200; count++) {
    const client = await target.greet();
    client.write(almost);
    clients.push(client);
  }
  await requireServed(target, 10);
  t.true(
    residentBytes(target.broker) - before < 2 * clients.length * limits.maxPayloadBytes + collectorBytes,
  );
  for (const client of clients) client.close();
  await target.requireUnharmed();
});

asRoot('a flood of refused frames does not make the broker grow', async (t) => {
  const target = await openTarget(t);
  const flood = async (count: number) => {
    for (let done = 0; done < count; done++) {
      const client = await target.greet();
      client.write(encodeFrame({ id: 1, verb: 'launch', body: { with: ['x'.repeat(60_000)] } }));
      await client.hearAll();
      client.close();
    }
  };
  await flood(300);
  const before = residentBytes(target.broker);
  await flood(1000);
  t.true(residentBytes(target.broker) - before < (1000 * limits.maxPayloadBytes) / 2);
  await target.requireUnharmed();
});

/** What Node's collector may leave lying before it looks. */
const collectorBytes = 32 << 20;

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) * 1024;
}
