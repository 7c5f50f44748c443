/** How far the log must reach: a small file beside it, so that a cut tail is noticed. */
import * as fs from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ChainPosition } from './chain.ts';
import { type Access, readOwnedFile } from './owned-file.ts';

// WHY NOT node:fs/promises: a head is written for every group, and its file handles cost several times as much.
const open = promisify(fs.open);
const write = promisify(fs.write);
const close = promisify(fs.close);
const rename = promisify(fs.rename);
const remove = promisify(fs.rm);

const HEAD_PATTERN =
  /^\{"seq":([1-9][0-9]{0,15}),"bytes":([1-9][0-9]{0,15}),"hash":"([0-9a-f]{64})","mac":"([0-9a-f]{64})"\}\n$/;
const MAX_HEAD_BYTES = 256;
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

/** Keeps the head file at the newest durable position; one write at a time, positions in between are skipped. */
export class HeadWriter {
  readonly #path: string;
  readonly #onFailure: (cause: unknown) => void;
  #next: ChainPosition | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string, onFailure: (cause: unknown) => void) {
    this.#path = path;
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
    this.#writing ??= this.#drain();
  }

  /** Resolves when the last published position is written or has failed. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    // Whoever waits for the record that was just made durable goes first.
    await setImmediate();
    while (this.#next !== undefined) {
      const position = this.#next;
      this.#next = undefined;
      try {
        await writeHead(this.#path, position);
      } catch (cause) {
        this.#onFailure(cause);
      }
    }
    this.#writing = undefined;
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
