/** Whole frames over one connected socket, for a client that asks one thing at a time. */
import { AgentKeysError } from '../core/errors.ts';
import type { Addon, Watch } from '../native/addon.ts';
import { encodeFrame, type Frame, FrameDecoder } from '../protocol/frames.ts';
import { limits } from '../protocol/limits.ts';
import { type JsonObject, parsePayload } from '../protocol/messages.ts';

const readable = 1;
const writable = 2;
const bytesPerReceive = 65_536;

export interface Received {
  readonly message: JsonObject;
  /** The receiver closes them. */
  readonly descriptors: readonly number[];
}

/** Owns the socket; `close` must be called. */
export class FrameChannel {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Frame[] = [];
  #descriptors: number[] = [];
  #wake = () => {};
  #isOpen = true;

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#fd = fd;
    this.#watch = addon.watch(fd, 0, () => {
      this.#watch.set(0);
      this.#wake();
    });
  }

  /** Descriptors stay the caller's. A closed other end is not an error yet: it may have said why, for the next `receive` to read. */
  async send(message: object, descriptors: readonly number[] = []): Promise<void> {
    const frame = encodeFrame(message, descriptors.length);
    for (let sentBytes = 0; sentBytes < frame.length; ) {
      const taken = this.#trySend(frame.subarray(sentBytes), sentBytes === 0 ? descriptors : []);
      if (taken === undefined) return;
      if (taken < 0) await this.#ready(writable);
      else sentBytes += taken;
    }
  }

  /** The next frame; undefined at end of file. Errors: `DAEMON_GONE`, `PROTOCOL_INVALID`. */
  async receive(): Promise<Received | undefined> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined)
        return { message: parsePayload(frame.payload), descriptors: this.#take(frame.descriptorCount) };
      const received = this.#tryReceive();
      if (received === undefined) {
        await this.#ready(readable);
        continue;
      }
      this.#descriptors.push(...received.descriptors);
      if (received.isTruncated)
        throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'descriptors were lost' });
      if (received.data.length === 0) return undefined;
      this.#decoder.push(received.data, (complete) => this.#frames.push(complete));
    }
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#watch.close();
    for (const descriptor of this.#descriptors.splice(0)) this.#addon.close(descriptor);
    this.#addon.close(this.#fd);
  }

  #take(count: number): number[] {
    if (this.#descriptors.length < count)
      throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'a frame lacks its descriptors' });
    return this.#descriptors.splice(0, count);
  }

  #ready(events: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#watch.set(events);
    });
  }

  /** undefined: the other end is closed. */
  #trySend(bytes: Uint8Array, descriptors: readonly number[]): number | undefined {
    try {
      return this.#addon.send(this.#fd, bytes, descriptors);
    } catch {
      // EPIPE or ECONNRESET; nothing else can happen to a connected socket that matters to its owner.
      return undefined;
    }
  }

  #tryReceive(): ReturnType<Addon['receive']> {
    try {
      return this.#addon.receive(this.#fd, bytesPerReceive, limits.maxDescriptorsPerFrame);
    } catch (cause) {
      throw new AgentKeysError('DAEMON_GONE', {}, cause);
    }
  }
}
