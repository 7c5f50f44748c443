import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { type Addon, loadAddon } from '../../src/native/addon.ts';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { openBox } from '../support/broker-box.ts';

const status = { id: 1, verb: 'status', body: {} };

/** The real addon, but its clients are of another uid. */
function withStrangers(uid: number): Addon {
  const addon = loadAddon();
  return {
    ...addon,
    accept(listenFd) {
      const peer = addon.accept(listenFd);
      return peer === undefined ? undefined : { ...peer, uid };
    },
  };
}

test('another uid gets one generic refusal, is not read, and is recorded', async (t) => {
  const box = await openBox(t, { addon: withStrangers(4242) });
  const client = box.connect();
  client.write(encodeFrame({ hello: { protocol: 1, client: 'test/1' } }));
  const said = await client.hearAll();
  t.deepEqual(said, [
    {
      error: {
        code: 'REQUEST_REFUSED',
        message: 'the daemon refused the request',
        hint: 'docs/protocol.md says who may ask what',
        exit: 77,
      },
    },
  ]);
  t.deepEqual(box.refusals, [{ uid: 4242, pid: process.pid }]);
  t.is(box.listener.connectionCount, 0);
});

test('root is served whoever the owner is', async (t) => {
  const box = await openBox(t, { addon: withStrangers(0) });
  const client = await box.greet();
  await client.say(status);
  t.like((await client.hear()).message, { id: 1 });
});

test('beyond the bound callers wait for those that ask, and are served when a place is free', async (t) => {
  const box = await openBox(t, { maxConnections: 3, handlers: { ps: () => new Promise(() => {}) } });
  const clients = [await box.greet(), await box.greet(), await box.greet()];
  for (const client of clients) await client.say({ id: 2, verb: 'ps', body: {} });
  await clients[2]?.say(status);
  await clients[2]?.hear();
  const waiting = box.connect();
  waiting.write(encodeFrame({ hello: { protocol: 1, client: 'test/1' } }));
  await clients[0]?.say(status);
  await clients[0]?.hear();
  t.is(box.listener.connectionCount, 3);
  clients[1]?.close();
  t.like((await waiting.hear()).message, { hello: { protocol: 1 } });
  t.is(box.listener.connectionCount, 3);
});

test('beyond the bound the oldest client that asks nothing makes room', async (t) => {
  const box = await openBox(t, { maxConnections: 3, handlers: { ps: () => new Promise(() => {}) } });
  const asking = await box.greet();
  await asking.say({ id: 2, verb: 'ps', body: {} });
  const [silent, idle] = [box.connect(), await box.greet()];
  const next = await box.greet();
  t.deepEqual(await silent.hearAll(), []);
  t.is(box.listener.connectionCount, 3);
  for (const client of [asking, idle, next]) {
    await client.say(status);
    t.like((await client.hear()).message, { id: 1 });
  }
});

test('a connection ends with the process that made it, whoever else holds it', async (t) => {
  const box = await openBox(t);
  // The grandchild inherits the connection and outlives its maker.
  const script = `
    const net = require('node:net');
    const { spawn } = require('node:child_process');
    const socket = net.connect(process.argv[1], () => {
      const heir = spawn('cat', [], { stdio: [0, 'ignore', 'ignore', socket], detached: true });
      heir.once('spawn', () => process.exit(0));
    });`;
  const maker = spawn(process.execPath, ['-e', script, box.path], { stdio: ['pipe', 'ignore', 'inherit'] });
  await once(maker, 'exit');
  const honest = await box.greet();
  await honest.say(status);
  await honest.hear();
  t.is(box.listener.connectionCount, 1);
  maker.stdin?.end();
});

test('closing ends every connection', async (t) => {
  const box = await openBox(t);
  const client = await box.greet();
  box.listener.close();
  t.deepEqual(await client.hearAll(), []);
  t.is(box.listener.connectionCount, 0);
});
