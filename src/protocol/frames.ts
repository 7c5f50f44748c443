/** Frames of the request socket: an 8-byte header, then JSON text. Pure: bytes in, frames out. */
import { AgentKeysError } from '../core/errors.ts';
import { limits } from './limits.ts';

export const headerBytes = 8;
const firstCapacityBytes = 512;

export interface Frame {
  /** The frame's own copy: the decoder does not touch it again. */
  readonly payload: Buffer;
  /** How many descriptors travelled with the frame. */
  readonly descriptorCount: number;
}

/**
 * Header: payload bytes (uint32, big-endian), descriptors (uint16, big-endian), zero (uint16).
 * Errors: `PROTOCOL_INVALID` if a limit of the format is exceeded.
 */
export function encodeFrame(message: object, descriptorCount = 0): Buffer {
  const text = JSON.stringify(message);
  const byteLength = Buffer.byteLength(text);
  requireHeader(byteLength, descriptorCount, limits.maxPayloadBytes);
  const frame = Buffer.allocUnsafe(headerBytes + byteLength);
  frame.writeUInt32BE(byteLength, 0);
  frame.writeUInt16BE(descriptorCount, 4);
  frame.writeUInt16BE(0, 6);
  frame.write(text, headerBytes);
  return frame;
}

/**
 * Cuts a byte stream into frames, whatever the pieces it arrives in.
 * INVARIANT: never holds more than twice the bytes of the one unfinished frame that have arrived; a header that announces much and
 * brings little costs little. After an error it yields nothing more.
 */
export class FrameDecoder {
  #buffer = Buffer.alloc(0);
  #used = 0;
  /** Bytes of the frame at hand, header included; 0 until its header is complete. */
  #wanted = 0;
  #isBroken = false;

  /** Bytes of a frame that has not ended. */
  get unfinishedBytes(): number {
    return this.#used;
  }

  /** Bytes of memory held for it. */
  get heldBytes(): number {
    return this.#buffer.length;
  }

  /**
   * Calls `onFrame` for each frame that `chunk` completes, in order; `maxPayloadBytes` is asked anew at each header.
   * Errors: `PROTOCOL_INVALID` for a header out of bounds, and for every call after an error (also one of `onFrame`).
   */
  push(
    chunk: Uint8Array,
    onFrame: (frame: Frame) => void,
    maxPayloadBytes: () => number = () => limits.maxPayloadBytes,
  ): void {
    if (this.#isBroken)
      throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'the stream has failed before' });
    this.#isBroken = true;
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#take(rest, maxPayloadBytes);
      if (this.#wanted > 0 && this.#used === this.#wanted) onFrame(this.#finish());
    }
    this.#isBroken = false;
  }

  /** Moves bytes up to the end of the header or of the frame; the rest is returned. */
  #take(chunk: Uint8Array, maxPayloadBytes: () => number): Uint8Array {
    const goal = this.#wanted === 0 ? headerBytes : this.#wanted;
    const count = Math.min(goal - this.#used, chunk.length);
    this.#reserve(this.#used + count, goal);
    this.#buffer.set(chunk.subarray(0, count), this.#used);
    this.#used += count;
    if (this.#wanted === 0 && this.#used === headerBytes) {
      const payloadBytes = this.#buffer.readUInt32BE(0);
      if (this.#buffer.readUInt16BE(6) !== 0)
        throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'a reserved field is not zero' });
      requireHeader(payloadBytes, this.#buffer.readUInt16BE(4), maxPayloadBytes());
      this.#wanted = headerBytes + payloadBytes;
    }
    return chunk.subarray(count);
  }

  #reserve(needed: number, goal: number): void {
    if (needed <= this.#buffer.length) return;
    const capacity = Math.min(
      goal,
      Math.max(needed, this.#buffer.length * 2, Math.min(goal, firstCapacityBytes)),
    );
    const larger = Buffer.alloc(capacity);
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }

  #finish(): Frame {
    const frame = {
      payload: this.#buffer.subarray(headerBytes, this.#wanted),
      descriptorCount: this.#buffer.readUInt16BE(4),
    };
    this.#buffer = Buffer.alloc(0);
    this.#used = 0;
    this.#wanted = 0;
    return frame;
  }
}

function requireHeader(payloadBytes: number, descriptorCount: number, maxPayloadBytes: number): void {
  if (payloadBytes === 0) throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'a frame is empty' });
  if (payloadBytes > maxPayloadBytes) {
    throw new AgentKeysError('PROTOCOL_INVALID', { rule: `a frame is longer than ${maxPayloadBytes} bytes` });
  }
  if (descriptorCount > limits.maxDescriptorsPerFrame) {
    throw new AgentKeysError('PROTOCOL_INVALID', {
      rule: `a frame carries more than ${limits.maxDescriptorsPerFrame} descriptors`,
    });
  }
}
