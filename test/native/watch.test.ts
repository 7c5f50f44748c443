import { readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import test from 'ava';
import { loadAddon } from '../../src/native/addon.ts';
import { runFixture } from '../support/run-fixture.ts';
import { createSocketPair } from '../support/socket-pair.ts';

const addon = loadAddon();
const READABLE = 1;
const WRITABLE = 2;

/** Resolves after the event loop has asked the kernel again and delivered what it had: a later event came through. */
async function barrier(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    const [reader, writer] = addon.pipe();
    writeSync(writer, 'x');
    await new Promise<void>((resolve) => {
      const watch = addon.watch(reader, READABLE, () => {
        watch.close();
        resolve();
      });
    });
    await nextTurn();
    addon.close(reader);
    addon.close(writer);
  }
}

test.serial(
  'a watch fires when bytes arrive, and its promises run before the next watch is told',
  async (t) => {
    const pipes = [addon.pipe(), addon.pipe()];
    const order: string[] = [];
    for (const [reader, writer] of pipes) {
      const watch = addon.watch(reader, READABLE, (events) => {
        watch.close();
        order.push(`events ${events}`);
        void Promise.resolve().then(() => order.push('promise'));
      });
      writeSync(writer, 'x');
    }
    await barrier();
    t.deepEqual(order, ['events 1', 'promise', 'events 1', 'promise']);
    for (const fd of pipes.flat()) addon.close(fd);
  },
);

test.serial('a paused watch is silent until it is set again', async (t) => {
  const [reader, writer] = addon.pipe();
  const seen: number[] = [];
  const watch = addon.watch(reader, READABLE, (events) => {
    seen.push(events);
    readSync(reader, Buffer.alloc(8));
  });
  watch.set(0);
  writeSync(writer, 'x');
  await barrier();
  t.deepEqual(seen, []);
  watch.set(READABLE);
  await barrier();
  t.deepEqual(seen, [READABLE]);
  watch.close();
  addon.close(reader);
  addon.close(writer);
});

test.serial('a watch for writing fires on an empty pipe, and once the reader is gone', async (t) => {
  const [reader, writer] = addon.pipe();
  const next = (): Promise<number> =>
    new Promise((resolve) => {
      const watch = addon.watch(writer, WRITABLE, (events) => {
        watch.close();
        resolve(events);
      });
    });
  t.is(await next(), WRITABLE);
  addon.close(reader);
  t.is(await next(), WRITABLE);
  t.throws(() => writeSync(writer, 'x'), { code: 'EPIPE' });
  addon.close(writer);
});

test.serial('a closed watch never fires for a new descriptor of the same number', async (t) => {
  const { addon: sameAddon, client, peer } = await createSocketPair(t);
  const [oldReader, oldWriter] = addon.pipe();
  const old = addon.watch(oldReader, READABLE, () => t.fail('the closed watch fired'));
  await barrier();
  // In flight, the old pipe stays open after close: without EPOLL_CTL_DEL its registration would stay as well.
  sameAddon.send(client, Buffer.from('x'), [oldReader]);
  old.close();
  addon.close(oldReader);
  const [newReader, newWriter] = addon.pipe();
  t.is(newReader, oldReader);
  const fresh = addon.watch(newReader, READABLE, () => t.fail('the new watch fired for the old pipe'));
  writeSync(oldWriter, 'x');
  await barrier();
  fresh.close();
  for (const fd of [newReader, newWriter, oldWriter, client, peer.fd, peer.pidfd]) addon.close(fd);
});

test.serial(
  'events that were fetched together with the one that closes their watch are dropped',
  async (t) => {
    const pipes = [addon.pipe(), addon.pipe()];
    const fired: number[] = [];
    const watches = pipes.map(([reader], index) =>
      addon.watch(reader, READABLE, () => {
        fired.push(index);
        for (const watch of watches) watch.close();
      }),
    );
    for (const [, writer] of pipes) writeSync(writer, 'x');
    await barrier();
    t.is(fired.length, 1);
    for (const fd of pipes.flat()) addon.close(fd);
  },
);

test.serial('closing twice does nothing, and a closed watch cannot be set', (t) => {
  const [reader, writer] = addon.pipe();
  const watch = addon.watch(reader, READABLE, () => t.fail());
  watch.close();
  watch.close();
  t.throws(() => watch.set(READABLE), { message: 'uv_poll_start: EBADF' });
  addon.close(reader);
  addon.close(writer);
});

test.serial('what cannot be watched is refused', (t) => {
  const [reader, writer] = addon.pipe();
  t.throws(() => addon.watch(1 << 20, READABLE, () => undefined), { message: /EBADF/ });
  t.throws(() => addon.watch(reader, 4, () => undefined), { message: /events/ });
  t.throws(() => Reflect.apply(addon.watch, addon, [reader, READABLE, 'no callback']), {
    message: /callback/,
  });
  const watch = addon.watch(reader, READABLE, () => undefined);
  t.throws(() => watch.set(8), { message: /events/ });
  watch.close();
  addon.close(reader);
  addon.close(writer);
});

test('an exception from a callback is fatal, at the first call', async (t) => {
  const { code, stdout, stderr } = await runFixture('native/throw-in-watch.ts');
  t.is(stdout, 'called\n');
  t.regex(stderr, /from the callback/);
  t.not(code, constants.signals.SIGKILL);
  t.is(code, 1);
});
