/** The appends that wait for the disk: gathered into groups, refused when the disk hangs. */
import type { Clock } from '../core/clock.ts';
import { AgentKeysError } from '../core/errors.ts';
import type { PendingRecord } from './chain-writer.ts';

const MAX_WAITING = 16_384;
/** Bounds one write; also what a crash can tear off at once. */
const MAX_GROUP_RECORDS = 512;

export interface WaitingRecord extends PendingRecord {
  /** Acknowledged only when the disk has it. */
  readonly needsSync: boolean;
}

interface Entry extends WaitingRecord {
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: AgentKeysError) => void;
}

export class Waiting {
  readonly #clock: Clock;
  readonly #stallMs: number;
  #queue: Entry[] = [];
  #group: readonly Entry[] = [];
  #cancelWatch: (() => void) | undefined;
  /** How many operations have hung too long and have not come back; while any has, appends are refused at once. */
  #stalls = 0;
  #isGroupStalled = false;

  constructor(clock: Clock, stallMs: number) {
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  /** Resolves when the record's group is settled. Rejects with `AUDIT_UNAVAILABLE`. */
  add(record: WaitingRecord): Promise<void> {
    if (this.#stalls > 0) return Promise.reject(stalled());
    if (this.#queue.length >= MAX_WAITING) return Promise.reject(new AgentKeysError('AUDIT_UNAVAILABLE'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...record, sinceMs: this.#clock.monotonicMs(), resolve, reject });
      this.#watch();
    });
  }

  /** The next group; empty if nothing waits. One group is out at a time. */
  takeGroup(): readonly WaitingRecord[] {
    this.#group = this.#queue.splice(0, MAX_GROUP_RECORDS);
    return this.#group;
  }

  /** The group that is out has come back. Those that were refused meanwhile stay refused. */
  settleGroup(error: AgentKeysError | undefined): void {
    const group = this.#group;
    this.#group = [];
    if (this.#isGroupStalled) this.#stalls -= 1;
    this.#isGroupStalled = false;
    for (const entry of group) error === undefined ? entry.resolve() : entry.reject(error);
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#watch();
  }

  /** The log is broken: nobody needs to wait any longer. */
  rejectAll(error: AgentKeysError): void {
    const queue = this.#queue;
    this.#queue = [];
    this.settleGroup(error);
    for (const entry of queue) entry.reject(error);
  }

  /** From one stall's length after now until the returned function is called, appends are refused. */
  refuseAfterStall(): () => void {
    let isStalled = false;
    const cancel = this.#clock.after(this.#stallMs, () => {
      isStalled = true;
      this.#stall();
    });
    return () => {
      cancel();
      if (isStalled) this.#stalls -= 1;
    };
  }

  #watch(): void {
    const oldest = this.#group[0] ?? this.#queue[0];
    if (oldest === undefined || this.#cancelWatch !== undefined || this.#isGroupStalled) return;
    const leftMs = this.#stallMs - (this.#clock.monotonicMs() - oldest.sinceMs);
    this.#cancelWatch = this.#clock.after(Math.max(0, leftMs), () => {
      this.#cancelWatch = undefined;
      this.#isGroupStalled = true;
      this.#stall();
    });
  }

  /** Records that are not yet on their way are forgotten: a refused release must not be found as granted later. */
  #stall(): void {
    this.#stalls += 1;
    const refused = [...this.#group, ...this.#queue];
    this.#queue = [];
    for (const entry of refused) entry.reject(stalled());
  }
}

function stalled(): AgentKeysError {
  return new AgentKeysError('AUDIT_UNAVAILABLE', {}, new Error('the disk does not answer'));
}
