/** How far the log must reach: a small file beside it, so that a cut tail is noticed. */
import * as fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Clock } from '../core/clock.ts';
import type { ChainPosition } from './chain.ts';
import { type Access, readOwnedFile } from './owned-file.ts';

// WHY NOT node:fs/promises: a head is written for most launches, and its file handles cost several times as much.
const open = promisify(fs.open);
const write = promisify(fs.write);
const close = promisify(fs.close);
const rename = promisify(fs.rename);
const remove = promisify(fs.rm);

const HEAD_PATTERN =
  /^\{"seq":([1-9][0-9]{0,15}),"bytes":([1-9][0-9]{0,15}),"hash":"([0-9a-f]{64})","mac":"([0-9a-f]{64})"\}\n$/;
const MAX_HEAD_BYTES = 256;
/** From one head to the next; so much later than the disk may the head have a position. */
const HEAD_INTERVAL_MS = 50;
const NEW_FILE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;

export const headRules = {
  absent: 'the head is missing',
  empty: 'the head is empty',
  malformed: 'the head is not canonical',
} as const;

export type Head =
  | { readonly kind: 'known'; readonly position: ChainPosition }
  /** `empty` is what a power cut may leave; `malformed` is nothing that we write. */
  | { readonly kind: 'absent' | 'empty' | 'malformed' };

/** Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function readHead(path: string, access: Access): Promise<Head> {
  const bytes = await readOwnedFile(path, MAX_HEAD_BYTES, access);
  if (bytes === undefined) return { kind: 'absent' };
  if (bytes.length === 0) return { kind: 'empty' };
  return parseHead(bytes.toString('latin1'));
}

export function parseHead(text: string): Head {
  const match = HEAD_PATTERN.exec(text);
  if (match === null) return { kind: 'malformed' };
  const [, seq = '', bytes = '', hash = '', mac = ''] = match;
  const position = { seq: Number(seq), bytes: Number(bytes), hash, mac };
  const isExact = Number.isSafeInteger(position.seq) && Number.isSafeInteger(position.bytes);
  return isExact ? { kind: 'known', position } : { kind: 'malformed' };
}

export function formatHead(position: ChainPosition): string {
  const { seq, bytes, hash, mac } = position;
  return `${JSON.stringify({ seq, bytes, hash, mac })}\n`;
}

/**
 * Brings the head file to the newest durable position: at once after a quiet time, else an interval after the head before;
 * positions in between are skipped.
 * INVARIANT: a position that is not written yet has its writing or its waiting under way.
 */
export class HeadWriter {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #onFailure: (cause: unknown) => void;
  #next: ChainPosition | undefined;
  #writing: Promise<void> | undefined;
  #cancelWait: (() => void) | undefined;
  /** By the monotonic clock. */
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(path: string, clock: Clock, onFailure: (cause: unknown) => void) {
    this.#path = path;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Takes away what a crash may have left under the temporary name. Throws what unlink throws. */
  async prepare(): Promise<void> {
    await this.idle();
    await remove(`${this.#path}.new`, { force: true });
  }

  /** Only for positions that are on the disk: the log must never end before its head. */
  publish(position: ChainPosition): void {
    this.#next = position;
    if (this.#writing !== undefined || this.#cancelWait !== undefined) return;
    const leftMs = this.#lastMs + HEAD_INTERVAL_MS - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#begin();
    else this.#cancelWait = this.#clock.after(leftMs, () => this.#begin());
  }

  /** Waits for no interval: resolves when the last published position is written or has failed. */
  async idle(): Promise<void> {
    await this.#writing;
    while (this.#next !== undefined) {
      this.#begin();
      await this.#writing;
    }
  }

  #begin(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#writing ??= this.#writeNext();
  }

  async #writeNext(): Promise<void> {
    // Whoever waits for the record that was just made durable goes first.
    await setImmediate();
    const position = this.#next;
    this.#next = undefined;
    try {
      if (position !== undefined) await writeHead(this.#path, position);
    } catch (cause) {
      this.#onFailure(cause);
    }
    this.#lastMs = this.#clock.monotonicMs();
    this.#writing = undefined;
    if (this.#next !== undefined) this.publish(this.#next);
  }
}

/** By rename, so that a crash leaves the old or the new one; without a sync, since the log itself is what counts. */
async function writeHead(path: string, position: ChainPosition): Promise<void> {
  const temporary = `${path}.new`;
  const bytes = Buffer.from(formatHead(position), 'latin1');
  const descriptor = await open(temporary, NEW_FILE, 0o600);
  try {
    const { bytesWritten } = await write(descriptor, bytes, 0, bytes.length, 0);
    if (bytesWritten !== bytes.length) throw new Error('the head was not written whole');
  } finally {
    await close(descriptor);
  }
  await rename(temporary, path);
}
