/** What a connection receives: bytes cut into frames, each with the descriptors that its header counts. */
import { AgentKeysError } from '../core/errors.ts';
import type { Addon } from '../native/addon.ts';
import { FrameDecoder } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';

export interface InboundFrame {
  readonly payload: Buffer;
  /** The receiver of the frame closes them. */
  readonly descriptors: readonly number[];
}

const bytesPerReceive = 65_536;

/** INVARIANT: a descriptor that was received is handed over with one frame, or closed by `discard`. */
export class Inbox {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #decoder = new FrameDecoder();
  #descriptors: number[] = [];

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#fd = fd;
  }

  get unfinishedBytes(): number {
    return this.#decoder.unfinishedBytes;
  }

  /**
   * One recvmsg; a busy client gets one per turn of the loop, like every other. `maxPayloadBytes` is asked at each header.
   * False at end of file. Throws the kernel's error. Errors: `PROTOCOL_INVALID`, also for descriptors that no frame counts; `RESOURCE_EXHAUSTED`.
   */
  receive(maxPayloadBytes: () => number, onFrame: (frame: InboundFrame) => void): boolean {
    const received = this.#addon.receive(this.#fd, bytesPerReceive, limits.maxDescriptorsPerFrame);
    if (received === undefined) return true;
    if (received.data.length === 0) return false;
    this.#descriptors.push(...received.descriptors);
    if (received.isTruncated)
      throw this.#descriptors.length < limits.maxDescriptorsPerFrame ? shortage() : surplus();
    const take = (payload: Buffer, count: number) => onFrame({ payload, descriptors: this.#take(count) });
    this.#decoder.push(
      received.data,
      ({ payload, descriptorCount }) => take(payload, descriptorCount),
      maxPayloadBytes,
    );
    // What is left can only belong to the frame that has begun.
    const mostLeft = this.#decoder.unfinishedBytes === 0 ? 0 : limits.maxDescriptorsPerFrame;
    if (this.#descriptors.length > mostLeft) throw surplus();
    return true;
  }

  discard(): void {
    for (const descriptor of this.#descriptors.splice(0)) this.#addon.close(descriptor);
  }

  #take(count: number): number[] {
    if (this.#descriptors.length < count) {
      throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'a frame lacks descriptors that it announces' });
    }
    return this.#descriptors.splice(0, count);
  }
}

/** There was room for every descriptor that a message can carry, so the kernel could not install them. */
function shortage(): AgentKeysError {
  return new AgentKeysError('RESOURCE_EXHAUSTED', { resource: 'file descriptors' });
}

function surplus(): AgentKeysError {
  return new AgentKeysError('PROTOCOL_INVALID', { rule: 'descriptors came that no frame announces' });
}
