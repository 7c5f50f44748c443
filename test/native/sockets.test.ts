import { readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import test from 'ava';
import { loadAddon } from '../../src/native/addon.ts';
import { isNativeError } from '../../src/native/native-error.ts';
import { acceptPeer, connectTo } from '../../src/native/sockets.ts';
import { countDescriptors, descriptorFact, descriptorFlags } from '../support/process-facts.ts';
import { createSocketPair, listenForTest } from '../support/socket-pair.ts';

const { EINVAL, ENAMETOOLONG, ENOENT, EBADF } = constants.errno;
const hello = Buffer.from('hello');

function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    return isNativeError(error) ? error.errno : undefined;
  }
  return 0;
}

test.serial('a connection names its peer as the kernel knows it, and holds it by pidfd', async (t) => {
  const listener = await listenForTest(t);
  t.is(acceptPeer(listener.addon, listener.fd), undefined);
  const server = connectTo(listener.addon, listener.path);
  const peer = acceptPeer(listener.addon, listener.fd);
  if (peer === undefined) return t.fail('no connection');
  t.like(peer, { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  t.is(server.uid, peer.uid);
  t.is(descriptorFact(peer.pidfd, 'Pid'), String(process.pid));
  for (const fd of [server.fd, peer.fd])
    t.deepEqual(descriptorFlags(fd), { isCloseOnExec: true, isNonBlocking: true });
  t.true(descriptorFlags(peer.pidfd).isCloseOnExec);
  for (const fd of [server.fd, peer.fd, peer.pidfd]) listener.addon.close(fd);
});

test.serial('bytes arrive, an empty socket would block, a closed one is at end of file', async (t) => {
  const { addon, client, peer } = await createSocketPair(t);
  t.is(addon.receive(peer.fd, 100, 0), undefined);
  t.is(addon.send(client, hello, []), 5);
  t.deepEqual(addon.receive(peer.fd, 3, 0), {
    data: Buffer.from('hel'),
    descriptors: [],
    isTruncated: false,
  });
  t.deepEqual(addon.receive(peer.fd, 100, 0)?.data, Buffer.from('lo'));
  addon.close(client);
  t.is(addon.receive(peer.fd, 100, 0)?.data.length, 0);
  t.is(
    errnoOf(() => addon.send(peer.fd, hello, [])),
    constants.errno.EPIPE,
  );
  addon.close(peer.fd);
  addon.close(peer.pidfd);
});

test.serial('a full socket would block', async (t) => {
  const { addon, client, peer } = await createSocketPair(t);
  const chunk = Buffer.alloc(65536);
  let sent = 0;
  while (addon.send(client, chunk, []) > 0) sent++;
  t.true(sent > 0);
  t.is(addon.send(client, chunk, []), -1);
  for (const fd of [client, peer.fd, peer.pidfd]) addon.close(fd);
});

test.serial('a descriptor passes, close-on-exec, and stays the sender’s too', async (t) => {
  const { addon, client, peer } = await createSocketPair(t);
  const [reader, writer] = addon.pipe();
  const before = countDescriptors();
  t.is(addon.send(client, hello, [reader]), 5);
  t.is(countDescriptors(), before);
  const message = addon.receive(peer.fd, 100, 4);
  const [received = -1, ...others] = message?.descriptors ?? [];
  t.deepEqual(others, []);
  t.false(message?.isTruncated);
  t.true(descriptorFlags(received).isCloseOnExec);
  t.is(countDescriptors(), before + 1);
  writeSync(writer, 'x');
  t.is(readSync(received, Buffer.alloc(8)), 1);
  for (const fd of [reader, writer, received, client, peer.fd, peer.pidfd]) addon.close(fd);
});

const surplus: [string, number, number][] = [
  ['one descriptor where none is expected', 1, 0],
  ['five where two are expected', 5, 2],
  ['as many as the kernel passes', 253, 4],
];
for (const [title, sent, expected] of surplus) {
  test.serial(`surplus descriptors are closed and reported: ${title}`, async (t) => {
    const { addon, client, peer } = await createSocketPair(t);
    const [reader, writer] = addon.pipe();
    const before = countDescriptors();
    addon.send(client, hello, new Array<number>(sent).fill(writer));
    const message = addon.receive(peer.fd, 100, expected);
    t.true(message?.isTruncated);
    t.is(message?.descriptors.length, expected);
    t.is(countDescriptors(), before + expected);
    for (const fd of [writer, ...(message?.descriptors ?? [])]) addon.close(fd);
    // End of file: nobody in any process holds a write end any more.
    t.is(readSync(reader, Buffer.alloc(8)), 0);
    for (const fd of [reader, client, peer.fd, peer.pidfd]) addon.close(fd);
  });
}

test.serial('sending 300 descriptors fails and sends nothing', async (t) => {
  const { addon, client, peer } = await createSocketPair(t);
  const before = countDescriptors();
  t.is(
    errnoOf(() => addon.send(client, hello, new Array<number>(300).fill(client))),
    EINVAL,
  );
  t.is(addon.receive(peer.fd, 100, 4), undefined);
  t.is(countDescriptors(), before);
  for (const fd of [client, peer.fd, peer.pidfd]) addon.close(fd);
});

test.serial('a message is refused if it is empty or names a descriptor that is none', async (t) => {
  const { addon, client, peer } = await createSocketPair(t);
  t.throws(() => addon.send(client, Buffer.alloc(0), [client]), { message: /data/ });
  for (const number of [-1, Number.NaN])
    t.throws(() => addon.send(client, hello, [number]), { message: /descriptors/ });
  t.is(
    errnoOf(() => addon.send(client, hello, [1 << 30])),
    EBADF,
  );
  t.is(addon.receive(peer.fd, 100, 4), undefined);
  for (const fd of [client, peer.fd, peer.pidfd]) addon.close(fd);
});

test('connecting fails with the kernel’s own error', (t) => {
  const addon = loadAddon();
  t.is(
    errnoOf(() => addon.connect('/nonexistent/socket')),
    ENOENT,
  );
  t.is(
    errnoOf(() => addon.connect(`/${'x'.repeat(107)}`)),
    ENAMETOOLONG,
  );
  t.throws(() => addon.connect('/tmp/a\0b'), { message: /path/ });
});
