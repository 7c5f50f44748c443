/** Two connected stream sockets as bare descriptors, made through the addon's own connect and accept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type Addon, loadAddon, type NativePeer } from '../../src/native/addon.ts';

export interface Listener {
  readonly addon: Addon;
  readonly path: string;
  readonly fd: number;
}

/** A listening socket whose connections only `addon.accept` takes: connect and accept in one turn of the event loop. */
export async function listenForTest(t: ExecutionContext): Promise<Listener> {
  const directory = await mkdtemp(join(tmpdir(), 'agentkeys-test-'));
  const path = join(directory, 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true });
  });
  return { addon: loadAddon(), path, fd: parseSocketDescriptor(server) };
}

export interface SocketPair {
  readonly addon: Addon;
  readonly client: number;
  readonly peer: NativePeer;
}

/** Both ends stay the test's to close. */
export async function createSocketPair(t: ExecutionContext): Promise<SocketPair> {
  const { addon, path, fd } = await listenForTest(t);
  const client = addon.connect(path).fd;
  const peer = addon.accept(fd);
  if (peer === undefined) throw new Error('no connection to accept');
  return { addon, client, peer };
}

/** The descriptor under a server or a socket of Node. */
export function parseSocketDescriptor(socket: Server | Socket): number {
  const handle: unknown = '_handle' in socket ? socket._handle : undefined;
  if (typeof handle === 'object' && handle !== null && 'fd' in handle && typeof handle.fd === 'number')
    return handle.fd;
  throw new Error('this runtime hides the descriptor');
}
