/** Accepts clients on the request socket: a bounded number, of the owner or root; who asks nothing makes room. */
import type { Clock } from '../core/clock.ts';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import type { Log } from '../log/log.ts';
import type { Addon } from '../native/addon.ts';
import { acceptPeer, type Peer } from '../native/sockets.ts';
import { encodeFrame } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { formatWireError } from '../protocol/wire-error.ts';

const readable = 1;
const acceptsPerTurn = 16;
const retryMs = 100;

export interface Client {
  readonly isBusy: boolean;
  close(): void;
}

export interface ListenerOptions {
  readonly addon: Addon;
  readonly clock: Clock;
  readonly log: Log;
  /** Listening, non-blocking; stays the caller's. */
  readonly listenFd: number;
  /** The daemon's own uid in user mode. Anybody else but root is refused before a byte of theirs is read. */
  readonly ownerUid: number;
  readonly maxConnections?: number;
  /** Takes over the peer's descriptors, unless it throws, and calls `onClosed` once. */
  readonly open: (peer: Peer, onClosed: () => void) => Client;
  /** For the audit log; must not throw. */
  readonly recordRefusal: (peer: { readonly uid: number; readonly pid: number }) => void;
}

export interface Listener {
  readonly connectionCount: number;
  /** Stops accepting; connections stay. */
  stopAccepting(): void;
  /** Stops accepting and closes every connection. */
  close(): void;
}

export function createListener(options: ListenerOptions): Listener {
  const { addon, clock, log, listenFd } = options;
  const maxConnections = options.maxConnections ?? limits.maxConnections;
  const connections = new Set<Client>();
  let isAccepting = true;
  let isExhausted = false;
  let cancelRetry = () => {};
  const watch = addon.watch(listenFd, readable, acceptSome);

  function acceptSome(): void {
    for (let turn = 0; turn < acceptsPerTurn && isAccepting; turn++) {
      // INVARIANT: at the bound nobody is admitted before another one goes; callers wait in the kernel's queue until one can.
      const isFull = connections.size >= maxConnections;
      const leaving = isFull ? findIdle() : undefined;
      if (isFull && leaving === undefined) {
        watch.set(0);
        return;
      }
      try {
        const peer = acceptPeer(addon, listenFd);
        isExhausted = false;
        if (peer === undefined) return;
        if (peer.uid !== options.ownerUid && peer.uid !== 0) {
          refuse(peer);
          continue;
        }
        leaving?.close();
        admit(peer);
      } catch (error) {
        // A peer of another pid namespace is closed already: nobody here could say who it is.
        if (isAgentKeysError(error)) continue;
        // Out of descriptors or memory: the queue stays readable, so asking again at once would spin.
        if (!isExhausted) log.warn('listener.exhausted', { connections: connections.size });
        isExhausted = true;
        pause();
        return;
      }
    }
  }

  /** ATTACK: clients that say a byte and no more would keep everybody out. The oldest one that asks nothing goes. */
  function findIdle(): Client | undefined {
    return [...connections].find(({ isBusy }) => !isBusy);
  }

  function admit(peer: Peer): void {
    let connection: Client;
    try {
      connection = options.open(peer, () => {
        connections.delete(connection);
        if (isAccepting) watch.set(readable);
      });
    } catch (error) {
      release(peer);
      throw error;
    }
    connections.add(connection);
  }

  /** One generic answer: no name, count or version. */
  function refuse(peer: Peer): void {
    options.recordRefusal({ uid: peer.uid, pid: peer.pid });
    try {
      addon.send(
        peer.fd,
        encodeFrame({ error: formatWireError(new AgentKeysError('REQUEST_REFUSED'), undefined) }),
        [],
      );
    } catch {
      // The stranger is gone already: there is nobody to tell.
    }
    release(peer);
  }

  function release(peer: Peer): void {
    addon.close(peer.fd);
    if (peer.pidfd >= 0) addon.close(peer.pidfd);
  }

  function pause(): void {
    watch.set(0);
    cancelRetry = clock.after(retryMs, () => {
      if (isAccepting) watch.set(readable);
    });
  }

  function stopAccepting(): void {
    if (!isAccepting) return;
    isAccepting = false;
    cancelRetry();
    watch.close();
  }

  return {
    get connectionCount() {
      return connections.size;
    },
    stopAccepting,
    close() {
      stopAccepting();
      for (const connection of [...connections]) connection.close();
    },
  };
}
