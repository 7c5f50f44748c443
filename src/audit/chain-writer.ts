/** Appends sealed records to one open file, and knows how much of them is on the disk. */
import { type AuditFile, writeFully } from './audit-file.ts';
import { type AnchorEvent, formatEventFields } from './canonical.ts';
import { type ChainPosition, type SealKeys, sealRecord } from './chain.ts';

/** At most this many records lie behind the newest anchor. */
const ANCHOR_INTERVAL = 1000;

export interface PendingRecord {
  /** From `formatEventFields`. */
  readonly fields: string;
  readonly isAnchor: boolean;
}

/**
 * INVARIANT: after any rejection the instance is spent; a new one starts from what recovery finds in the file.
 * INVARIANT: `write` is never called while a `write` runs. `sync` may run beside it and covers what was written before it.
 * INVARIANT: one datasync at a time. Of two on one descriptor the kernel tells a failed write-back to one only; the other
 * would report success for bytes that the disk never got.
 */
export class ChainWriter {
  readonly file: AuditFile;
  readonly #keys: SealKeys;
  readonly #nowMs: () => number;
  #written: ChainPosition;
  #durable: ChainPosition;
  #attemptedSeq: number;
  #anchorSeq: number;
  /** Ends with the sync that was asked for last. A failure stays in it, so that no later one can succeed. */
  #syncs: Promise<void> = Promise.resolve();

  constructor(file: AuditFile, keys: SealKeys, end: ChainPosition, nowMs: () => number) {
    this.file = file;
    this.#keys = keys;
    this.#nowMs = nowMs;
    this.#written = end;
    this.#durable = end;
    this.#attemptedSeq = end.seq;
    this.#anchorSeq = end.seq;
  }

  /** End of what the kernel has. */
  get written(): ChainPosition {
    return this.#written;
  }

  /** End of what the disk has. */
  get durable(): ChainPosition {
    return this.#durable;
  }

  get isDurable(): boolean {
    return this.#durable.seq === this.#written.seq;
  }

  /** The highest number that was ever tried: nobody else may have written a higher one. */
  get attemptedSeq(): number {
    return this.#attemptedSeq;
  }

  /** Writes the group with as few calls as the kernel allows. Throws what the file throws, and if the file was changed. */
  async write(group: readonly PendingRecord[]): Promise<void> {
    // ATTACK, ACCIDENT: another writer, a truncation, a rotation by name. The chain would fork or get a hole.
    const found = this.file.inspect();
    if (!found.isInPlace || found.byteLength !== this.#written.bytes)
      throw new Error('the log was changed under its writer');
    const { text, end, anchorSeq } = this.#seal(group);
    this.#attemptedSeq = end.seq;
    await writeFully(this.file, Buffer.from(text, 'latin1'), this.#written.bytes);
    this.#written = end;
    this.#anchorSeq = anchorSeq;
  }

  /** Makes durable what was written before the call. Throws what the file throws. */
  sync(): Promise<void> {
    this.#syncs = this.#syncs.then(() => this.#syncWritten());
    return this.#syncs;
  }

  async #syncWritten(): Promise<void> {
    const end = this.#written;
    await this.file.datasync();
    this.#durable = end;
  }

  #seal(group: readonly PendingRecord[]): { text: string; end: ChainPosition; anchorSeq: number } {
    let text = '';
    let end = this.#written;
    let anchorSeq = this.#anchorSeq;
    const add = (record: PendingRecord): void => {
      const { line, after } = sealRecord(record.fields, record.isAnchor, end, this.#keys);
      text += line;
      end = after;
      if (record.isAnchor) anchorSeq = after.seq;
    };
    for (const record of group) {
      const isDue = end.seq + 1 - anchorSeq >= ANCHOR_INTERVAL;
      if (isDue && !record.isAnchor) add(formatAnchor('interval', this.#nowMs()));
      add(record);
    }
    return { text, end, anchorSeq };
  }
}

export function formatAnchor(reason: AnchorEvent['reason'], atMs: number): PendingRecord {
  return { fields: formatEventFields({ event: 'anchor', reason }, atMs), isAnchor: true };
}
