/** Answers that wait for their reader: in order, bounded, with the descriptors that travel with them. */
import type { Addon } from '../native/addon.ts';

interface Waiting {
  readonly frame: Buffer;
  readonly descriptors: readonly number[];
  sentBytes: number;
  readonly done: () => void;
}

/** INVARIANT: a descriptor that was pushed is closed here exactly once: after its send, or by `discard`. */
export class Outbox {
  readonly #addon: Addon;
  readonly #fd: number;
  readonly #waiting: Waiting[] = [];
  #queuedBytes = 0;

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#fd = fd;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Takes over `descriptors`. Resolves when the kernel has the whole frame, or it is discarded. */
  push(frame: Buffer, descriptors: readonly number[]): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ frame, descriptors, sentBytes: 0, done: resolve });
      this.#queuedBytes += frame.length;
    });
  }

  /** Gives the kernel what it takes without blocking. Throws the kernel's error: the connection is of no more use. */
  flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      // Descriptors go with the first byte: the receiver counts them by the frame that starts there.
      const descriptors = first.sentBytes === 0 ? first.descriptors : [];
      const taken = this.#addon.send(this.#fd, first.frame.subarray(first.sentBytes), descriptors);
      if (taken < 0) return;
      first.sentBytes += taken;
      this.#queuedBytes -= taken;
      if (first.sentBytes < first.frame.length) continue;
      this.#waiting.shift();
      this.#release(first);
    }
  }

  discard(): void {
    this.#queuedBytes = 0;
    for (const waiting of this.#waiting.splice(0)) this.#release(waiting);
  }

  #release(waiting: Waiting): void {
    for (const descriptor of waiting.descriptors) this.#addon.close(descriptor);
    waiting.done();
  }
}
