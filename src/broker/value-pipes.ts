/** A value between a pipe and a secret region: the kernel copies, no byte passes through a JavaScript heap. */
import type { Addon, Watch } from '../native/addon.ts';
import type { Region } from '../native/regions.ts';

const readable = 1;
const writable = 2;

export type Filled =
  | { readonly kind: 'complete'; readonly byteLength: number }
  | { readonly kind: 'tooLong' }
  /** Given up by us. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed' };

export interface FillPipe {
  /** The caller's, to pass on and close. */
  readonly writeEnd: number;
  readonly done: Promise<Filled>;
  /** Afterwards the region is not touched any more. */
  cancel(): void;
}

/**
 * Reads from a new pipe into `region` until every writer is gone. The region must be longer than `maxBytes`, so that one byte too many
 * is seen. Errors: the kernel's, with nothing left open.
 */
export function createFillPipe(options: {
  readonly addon: Addon;
  readonly region: Region;
  readonly maxBytes: number;
}): FillPipe {
  const { addon, region, maxBytes } = options;
  const [readEnd, writeEnd] = addon.pipe();
  let used = 0;
  const transfer = startTransfer<Filled>(addon, { fd: readEnd, events: readable, other: writeEnd }, () => {
    const count = region.readFrom(used, readEnd);
    if (count < 0) return undefined;
    used += count;
    if (count === 0) return { kind: 'complete', byteLength: used };
    return used > maxBytes ? { kind: 'tooLong' } : 'more';
  });
  return { writeEnd, done: transfer.done, cancel: () => transfer.finish({ kind: 'cancelled' }) };
}

/** `broken`: the reader closed its end before the last byte. */
export type Drained = { readonly kind: 'complete' } | { readonly kind: 'broken' };

export interface DrainPipe {
  /** The caller's, to pass on and close. */
  readonly readEnd: number;
  readonly done: Promise<Drained>;
  cancel(): void;
}

/** Writes the first `byteLength` bytes of `region` into a new pipe. Errors: the kernel's, with nothing left open. */
export function createDrainPipe(options: {
  readonly addon: Addon;
  readonly region: Region;
  readonly byteLength: number;
}): DrainPipe {
  const { addon, region, byteLength } = options;
  const [readEnd, writeEnd] = addon.pipe();
  let used = 0;
  const transfer = startTransfer<Drained>(addon, { fd: writeEnd, events: writable, other: readEnd }, () => {
    const count = region.writeTo(used, byteLength - used, writeEnd);
    if (count < 0) return undefined;
    used += count;
    return used === byteLength ? { kind: 'complete' } : 'more';
  });
  return { readEnd, done: transfer.done, cancel: () => transfer.finish({ kind: 'broken' }) };
}

interface Ends {
  /** Ours: closed when the transfer ends. */
  readonly fd: number;
  readonly events: number;
  /** Closed only if the transfer cannot start. */
  readonly other: number;
}

/**
 * Begins at once: a value that fits the pipe is in it, and our end closed, before its reader hears of the pipe.
 * `step` gives the outcome, `more` to go on, or undefined to wait. What it throws is the outcome `failed` or `broken`.
 */
function startTransfer<Outcome extends { readonly kind: string }>(
  addon: Addon,
  ends: Ends,
  step: () => Outcome | 'more' | undefined,
): { readonly done: Promise<Outcome>; finish(outcome: Outcome): void } {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const state: { isOver: boolean; watch?: Watch } = { isOver: false };
  const finish = (outcome: Outcome): void => {
    if (state.isOver) return;
    state.isOver = true;
    state.watch?.close();
    addon.close(ends.fd);
    resolve(outcome);
  };
  const turn = (): void => {
    try {
      let outcome = step();
      while (outcome === 'more') outcome = step();
      if (outcome !== undefined) finish(outcome);
    } catch {
      // The kernel's error: EPIPE when the reader has gone. What it was makes no difference to the value.
      finish({ kind: ends.events === writable ? 'broken' : 'failed' } as Outcome);
    }
  };
  turn();
  if (state.isOver) return { done: promise, finish };
  try {
    state.watch = addon.watch(ends.fd, ends.events, turn);
  } catch (error) {
    addon.close(ends.fd);
    addon.close(ends.other);
    throw error;
  }
  return { done: promise, finish };
}
