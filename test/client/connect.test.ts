import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connectBroker } from '../../src/client/connect.ts';
import { createSystemClock } from '../../src/core/clock.ts';
import { AgentKeysError } from '../../src/core/errors.ts';
import { type Addon, loadAddon } from '../../src/native/addon.ts';
import { countDescriptors, openBox, sampleStatus } from '../support/broker-box.ts';

const clock = createSystemClock();

const ownUid = process.getuid?.() ?? -1;
const version = '0.1.0';

test('asks, and is answered', async (t) => {
  const { addon, path } = await openBox(t);
  const broker = await connectBroker({ clock, addon, socketPath: path, ownUid, version });
  t.deepEqual(broker.hello, { protocol: 1, version: '0.1.0', mode: 'user' });
  t.deepEqual((await broker.request('status', {})).ok, sampleStatus);
  broker.close();
});

test("the broker's errors keep their code, words and exit", async (t) => {
  const init = async () => {
    throw new AgentKeysError('VAULT_UNWRITABLE', { rule: 'ENOSPC' });
  };
  const { addon, path } = await openBox(t, { handlers: { init } });
  const broker = await connectBroker({ clock, addon, socketPath: path, ownUid, version });
  await t.throwsAsync(broker.request('init', {}), {
    code: 'VAULT_UNWRITABLE',
    message: 'the vault cannot be written: ENOSPC',
    any: true,
  });
  broker.close();
});

test('a stranger that listens is told nothing', async (t) => {
  const real = loadAddon();
  const sent: number[] = [];
  const addon: Addon = {
    ...real,
    connect: (path) => ({ ...real.connect(path), uid: 4242 }),
    send: (...sending) => {
      sent.push(sending[1].length);
      return real.send(...sending);
    },
  };
  const { path } = await openBox(t);
  await t.throwsAsync(connectBroker({ clock, addon, socketPath: path, ownUid: 1000, version }), {
    code: 'STATE_UNSAFE',
    message: `${path} is refused: uid 4242 listens there`,
    any: true,
  });
  t.deepEqual(sent, []);
});

test('without a daemon it is unreachable, and what starts one is asked once', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'agentkeys-test-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const addon = loadAddon();
  const socketPath = join(directory, 'absent.sock');
  let starts = 0;
  const start = async () => {
    starts++;
  };
  await t.throwsAsync(connectBroker({ clock, addon, socketPath, ownUid, version }), {
    code: 'DAEMON_UNREACHABLE',
    any: true,
  });
  await t.throwsAsync(connectBroker({ clock, addon, socketPath, ownUid, version, start }), {
    code: 'DAEMON_UNREACHABLE',
    any: true,
  });
  t.is(starts, 1);
});

test('a daemon that was started is spoken to', async (t) => {
  const { addon, path } = await openBox(t);
  let isStarted = false;
  const late: Addon = {
    ...addon,
    connect: (asked) => addon.connect(isStarted ? asked : `${asked}.absent`),
  };
  const start = async () => {
    isStarted = true;
  };
  const broker = await connectBroker({ clock, addon: late, socketPath: path, ownUid, version, start });
  t.deepEqual((await broker.request('status', {})).ok, sampleStatus);
  broker.close();
});

test.serial('a daemon that goes away is told as such, and leaves no descriptor', async (t) => {
  const box = await openBox(t, { handlers: { init: () => new Promise(() => {}) } });
  const before = countDescriptors();
  const broker = await connectBroker({ clock, addon: box.addon, socketPath: box.path, ownUid, version });
  const asking = broker.request('init', {});
  // A later client is greeted: the request has been read by then.
  (await box.greet()).close();
  box.listener.close();
  await t.throwsAsync(asking, { code: 'DAEMON_GONE', any: true });
  broker.close();
  await box.whenEmpty();
  t.is(countDescriptors(), before);
});
