/** The one descriptor between broker and spawner: whole messages in order, never blocking. */
import { AgentKeysError } from '../core/errors.ts';
import type { Addon } from './addon.ts';
import { parseSpawnerMessage, type SpawnerMessage } from './launch-plan.ts';
import { isNativeError } from './native-error.ts';

const readable = 1;
const writable = 2;
const maxMessageBytes = 65_536;
/** ETOOMANYREFS, which Node does not name. */
const tooManyInFlight = 109;

interface Outgoing {
  readonly message: Buffer;
  readonly descriptors: readonly number[];
  readonly onSent: (refused?: AgentKeysError) => void;
}

export interface SpawnerLinkOptions {
  readonly addon: Addon;
  /** Becomes the link's own. */
  readonly fd: number;
  readonly onMessage: (message: SpawnerMessage) => void;
  /** The spawner is gone: nothing can be launched any more. */
  readonly onEnd: () => void;
}

/**
 * INVARIANT: messages leave in the order of the calls. The order is a proof: what was done before `go` was sent is done when the
 * spawner reads it.
 */
export interface SpawnerLink {
  /**
   * `onSent` is called once the kernel has the message and its descriptors, or has refused these descriptors, or the link has ended;
   * until then the descriptors must stay open, afterwards they are the caller's to close.
   */
  send(message: Buffer, descriptors?: readonly number[], onSent?: (refused?: AgentKeysError) => void): void;
  close(): void;
}

/**
 * ATTACK: descriptors that nobody receives count against the user, and any process of it can leave some. Then nothing of this message
 * was taken, and the next one without descriptors is.
 */
function isRefusal(cause: unknown): boolean {
  return isNativeError(cause) && cause.errno === tooManyInFlight;
}

/** Errors of `send`: `LAUNCH_ABORTED` once the spawner is gone. */
export function createSpawnerLink({ addon, fd, onMessage, onEnd }: SpawnerLinkOptions): SpawnerLink {
  const queue: Outgoing[] = [];
  let isOpen = true;
  const watch = addon.watch(fd, readable, (events) => {
    if (events & writable) flush();
    if (isOpen && events & readable) receiveAll();
  });

  function end(): void {
    if (!isOpen) return;
    isOpen = false;
    watch.close();
    addon.close(fd);
    for (const { onSent } of queue.splice(0)) onSent();
    onEnd();
  }

  function receiveAll(): void {
    while (isOpen) {
      const received = addon.receive(fd, maxMessageBytes, 0);
      if (received === undefined) return;
      const message = parseSpawnerMessage(received.data);
      if (received.data.length === 0) end();
      else if (message !== undefined) onMessage(message);
    }
  }

  function flush(): void {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      let sent: number;
      try {
        sent = addon.send(fd, next.message, next.descriptors);
      } catch (cause) {
        if (next.descriptors.length > 0 && isRefusal(cause)) {
          queue.shift();
          next.onSent(new AgentKeysError('RESOURCE_EXHAUSTED', { resource: 'descriptors in flight' }, cause));
          continue;
        }
        // The spawner's end is closed: that is an end of file, whatever errno says.
        end();
        return;
      }
      if (sent < 0) break;
      queue.shift();
      next.onSent();
    }
    if (isOpen) watch.set(queue.length > 0 ? readable | writable : readable);
  }

  return {
    send(message, descriptors = [], onSent = () => {}) {
      if (!isOpen) {
        onSent();
        throw new AgentKeysError('LAUNCH_ABORTED', { rule: 'the spawner is gone' });
      }
      queue.push({ message, descriptors, onSent });
      if (queue.length === 1) flush();
    },
    close: end,
  };
}
