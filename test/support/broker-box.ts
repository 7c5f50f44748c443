/** The broker's listener and connections on a real socket in the test's own process, with handlers of the test's choice. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Connection } from '../../src/broker/connection.ts';
import { createDispatch } from '../../src/broker/dispatch.ts';
import type { Handlers } from '../../src/broker/exchange.ts';
import { createListener, type Listener } from '../../src/broker/listener.ts';
import { FrameChannel, type Received } from '../../src/client/frame-channel.ts';
import { createSilentLog } from '../../src/log/log.ts';
import { type Addon, loadAddon } from '../../src/native/addon.ts';
import { createManualClock, type ManualClock } from '../audit/manual-clock.ts';
import { parseSocketDescriptor } from './socket-pair.ts';

export const sampleStatus = {
  version: '0.1.0',
  mode: 'user',
  broker: { pid: 10 },
  spawner: { pid: 9 },
  vault: { locked: false, present: true, state: 'unlocked' },
  sessions: 0,
  hardening: 'ok',
  since: '2026-11-22T10:00:00.000Z',
  memory: 'secretmem',
  audit: { durability: 'sync' },
  home: {
    config: '/home/alice/.config/agentkeys',
    state: '/home/alice/.local/state/agentkeys',
    run: '/run/user/1000/agentkeys',
    socket: '/run/user/1000/agentkeys/agentkeys.sock',
  },
} as const;

export interface Box {
  readonly addon: Addon;
  readonly clock: ManualClock;
  readonly listener: Listener;
  readonly path: string;
  readonly refusals: { uid: number; pid: number }[];
  /** Resolves when every connection so far was accepted and is closed. */
  whenEmpty(): Promise<void>;
  /** A client that has said nothing yet. */
  connect(): RawClient;
  /** A client that has said hello and heard the answer. */
  greet(): Promise<RawClient>;
}

export interface BoxOptions {
  readonly handlers?: Partial<Handlers>;
  readonly addon?: Addon;
  readonly maxConnections?: number;
}

export async function openBox(t: ExecutionContext, options: BoxOptions = {}): Promise<Box> {
  const addon = options.addon ?? loadAddon();
  const clock = createManualClock();
  const { path, listenFd } = await listen(t, addon);
  const refuse = async () => {
    throw new Error('this test has no such handler');
  };
  const handlers: Handlers = {
    init: refuse,
    launch: refuse,
    list: refuse,
    'look-up': refuse,
    ps: refuse,
    read: refuse,
    remove: refuse,
    stop: refuse,
    store: refuse,
    status: (exchange) => exchange.answer('status', sampleStatus),
    ...options.handlers,
  };
  const log = createSilentLog();
  const dispatch = createDispatch({ handlers, mayAsk: () => true });
  const refusals: { uid: number; pid: number }[] = [];
  const greeting = { version: '0.1.0', mode: 'user' } as const;
  let [connectedCount, openedCount, closedCount] = [0, 0, 0];
  let wake = () => {};
  const whenEmpty = async () => {
    while (openedCount < connectedCount || closedCount < openedCount) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const listener = createListener({
    addon,
    clock,
    log,
    listenFd,
    ownerUid: process.getuid?.() ?? -1,
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
    open: (peer, onClosed) => {
      openedCount++;
      const closed = () => {
        onClosed();
        closedCount++;
        wake();
      };
      return new Connection({ addon, clock, log, dispatch, greeting, peer, onClosed: closed });
    },
    recordRefusal: (peer) => refusals.push(peer),
  });
  t.teardown(() => {
    listener.close();
    addon.close(listenFd);
  });
  const connect = (): RawClient => {
    connectedCount++;
    const client = new RawClient(addon, addon.connect(path).fd);
    t.teardown(() => client.close());
    return client;
  };
  const greet = async (): Promise<RawClient> => {
    const client = connect();
    await client.say({ hello: { protocol: 1, client: 'test/1' } });
    await client.hear();
    return client;
  };
  return { addon, clock, listener, path, refusals, connect, greet, whenEmpty };
}

/** A client that may send anything. */
export class RawClient {
  readonly fd: number;
  readonly #addon: Addon;
  readonly #channel: FrameChannel;

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.fd = fd;
    this.#channel = new FrameChannel(addon, fd);
  }

  say(message: object, descriptors: readonly number[] = []): Promise<void> {
    return this.#channel.send(message, descriptors);
  }

  /** Bytes as they are; false if the other end is closed. */
  write(bytes: Uint8Array, descriptors: readonly number[] = []): boolean {
    try {
      return this.#addon.send(this.fd, bytes, descriptors) > 0;
    } catch {
      return false;
    }
  }

  async hear(): Promise<Received> {
    const received = await this.#channel.receive();
    if (received === undefined) throw new Error('the connection is closed');
    return received;
  }

  /** What was said until the other end closed. */
  async hearAll(): Promise<object[]> {
    const messages: object[] = [];
    try {
      for (let next = await this.#channel.receive(); next !== undefined; next = await this.#channel.receive())
        messages.push(next.message);
    } catch {
      // A reset after the last frame: the broker closed without reading everything.
    }
    return messages;
  }

  close(): void {
    this.#channel.close();
  }
}

/** How many descriptors this process has open. */
export function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/**
 * A listening socket that no libuv server watches, as the broker inherits one: a server makes it, and sends it to this very process.
 */
async function listen(t: ExecutionContext, addon: Addon): Promise<{ path: string; listenFd: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'agentkeys-test-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'socket');
  const made = await startServer(join(directory, 'made'));
  const carrier = await startServer(join(directory, 'carrier'));
  const arriving = new Promise<Socket>((resolve) => carrier.once('connection', resolve));
  const sender = addon.connect(join(directory, 'carrier')).fd;
  addon.send(sender, Buffer.from('x'), [parseSocketDescriptor(made)]);
  const receiver = await arriving;
  const [listenFd] = addon.receive(parseSocketDescriptor(receiver), 1, 1)?.descriptors ?? [];
  if (listenFd === undefined) throw new Error('the listening socket did not arrive');
  // Closing a server removes its path.
  await rename(join(directory, 'made'), path);
  receiver.destroy();
  addon.close(sender);
  for (const server of [made, carrier]) await new Promise((resolve) => server.close(resolve));
  return { path, listenFd };
}

async function startServer(path: string): Promise<Server> {
  const server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
