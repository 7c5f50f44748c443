/** The audit log: many appends, one write, one sync; and no release is acknowledged that the disk does not have. */
import type { Clock } from '../core/clock.ts';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import { type OpenAuditFile, openAuditFile } from './audit-file.ts';
import { type AnchorEvent, formatEventFields } from './canonical.ts';
import { ChainWriter, formatAnchor, type PendingRecord } from './chain-writer.ts';
import type { AuditEvent, AuditLog } from './event.ts';
import { HeadWriter } from './head.ts';
import { type AuditPaths, auditPaths, openStore, reopenStore, syncNames } from './store.ts';
import { Waiting, type WaitingRecord } from './waiting.ts';

export type { AuditLog } from './event.ts';

export type AuditDurability = 'sync' | 'batched';

export interface AuditLogOptions {
  /** The audit directory itself; made if absent, its parent must exist. */
  readonly directory: string;
  readonly clock: Clock;
  readonly durability: AuditDurability;
  /** How long an append may take before it is refused; 2,000 unless given. */
  readonly stallMs?: number;
  /** For tests: a file that fails on purpose. */
  readonly openFile?: OpenAuditFile;
}

const STALL_MS = 2000;
/** Notes, and everything if `batched`: the disk is asked for a record at most so much later than the kernel. */
const BACKGROUND_SYNC_MS = 50;

/**
 * Opens or makes the log, checks everything behind its head, and seals it with an anchor. The caller makes sure that it is
 * the only writer. Errors: `STATE_UNSAFE`, `AUDIT_BROKEN`, `AUDIT_UNAVAILABLE`.
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  try {
    return await openGroupCommitLog(options);
  } catch (cause) {
    throw isAgentKeysError(cause) ? cause : unavailable(cause);
  }
}

async function openGroupCommitLog(options: AuditLogOptions): Promise<GroupCommitLog> {
  const { clock, openFile = openAuditFile } = options;
  const paths = auditPaths(options.directory);
  const { file, keys, recovered } = await openStore(paths, openFile);
  const writer = new ChainWriter(file, keys, recovered.end, () => clock.nowMs());
  const reopen = async (spent: ChainWriter): Promise<ChainWriter> => {
    const { durable, attemptedSeq } = spent;
    const store = await reopenStore(paths, openFile, { keys, durable, attemptedSeq });
    return new ChainWriter(store.file, keys, store.recovered.end, () => clock.nowMs());
  };
  const log = new GroupCommitLog({ ...options, stallMs: options.stallMs ?? STALL_MS, paths, writer, reopen });
  await log.begin(recovered.wasTorn ? 'recovered' : 'open');
  return log;
}

interface GroupCommitParts {
  readonly clock: Clock;
  readonly durability: AuditDurability;
  readonly stallMs: number;
  readonly paths: AuditPaths;
  readonly writer: ChainWriter;
  readonly reopen: (spent: ChainWriter) => Promise<ChainWriter>;
}

/** INVARIANT: one pump at a time takes groups from `#waiting`; only the pump writes and replaces `#writer`. */
class GroupCommitLog implements AuditLog {
  readonly #parts: GroupCommitParts;
  readonly #waiting: Waiting;
  readonly #head: HeadWriter;
  #writer: ChainWriter;
  #isBroken = false;
  #isClosed = false;
  #pumping: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #cancelSync: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
    this.#writer = parts.writer;
    this.#waiting = new Waiting(parts.clock, parts.stallMs);
    this.#head = new HeadWriter(parts.paths.head, parts.clock, () => this.#breakDown(this.#writer));
  }

  get lastSeq(): number {
    return this.#writer.written.seq;
  }

  /** The opening anchor, its head and the directory are on the disk before the first event is taken. */
  async begin(reason: AnchorEvent['reason']): Promise<void> {
    try {
      await this.#head.prepare();
      await this.#enqueueAnchor(reason);
      if (this.#parts.durability === 'batched') await this.#syncNow();
      await this.#head.idle();
      await syncNames(this.#parts.paths);
    } catch (error) {
      this.#letGo();
      throw error;
    }
    if (this.#isBroken) throw unavailable(undefined);
  }

  append(event: AuditEvent): Promise<void> {
    return this.#accept(event, this.#parts.durability === 'sync');
  }

  note(event: AuditEvent): Promise<void> {
    return this.#accept(event, false);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #accept(event: AuditEvent, needsSync: boolean): Promise<void> {
    if (this.#isClosed) return Promise.reject(unavailable('closed'));
    try {
      const fields = formatEventFields(event, this.#parts.clock.nowMs());
      return this.#enqueue({ fields, isAnchor: false, needsSync });
    } catch (cause) {
      return Promise.reject(new AgentKeysError('INTERNAL', { where: 'audit event' }, cause));
    }
  }

  #enqueueAnchor(reason: AnchorEvent['reason']): Promise<void> {
    const anchor = formatAnchor(reason, this.#parts.clock.nowMs());
    return this.#enqueue({ ...anchor, needsSync: this.#parts.durability === 'sync' });
  }

  #enqueue(record: WaitingRecord): Promise<void> {
    const done = this.#waiting.add(record);
    this.#pumping ??= this.#pump();
    return done;
  }

  /** Whatever is appended in one turn of the event loop, or while a sync runs, goes out as one group. */
  async #pump(): Promise<void> {
    await Promise.resolve();
    for (let group = this.#waiting.takeGroup(); group.length > 0; group = this.#waiting.takeGroup()) {
      try {
        await this.#commit(group);
        this.#waiting.settleGroup(undefined);
      } catch (cause) {
        this.#breakDown(this.#writer);
        this.#waiting.rejectAll(unavailable(cause));
      }
    }
    this.#pumping = undefined;
  }

  async #commit(group: readonly WaitingRecord[]): Promise<void> {
    let records: readonly PendingRecord[] = group;
    if (this.#isBroken) {
      await this.#head.prepare();
      this.#writer = await this.#parts.reopen(this.#writer);
      this.#isBroken = false;
      records = [formatAnchor('reopened', this.#parts.clock.nowMs()), ...group];
    }
    await this.#writer.write(records);
    if (!group.some(({ needsSync }) => needsSync)) {
      this.#scheduleSync();
      return;
    }
    // What was only noted before is covered by this sync.
    this.#cancelSchedule();
    await this.#writer.sync();
    this.#head.publish(this.#writer.durable);
  }

  #scheduleSync(): void {
    if (this.#cancelSync !== undefined || this.#syncing !== undefined || this.#isBroken) return;
    this.#cancelSync = this.#parts.clock.after(BACKGROUND_SYNC_MS, () => {
      this.#cancelSync = undefined;
      if (this.#writer.isDurable) return;
      // A failure is noted where it happens; nobody waits for this one.
      void this.#syncNow().catch(() => undefined);
    });
  }

  #cancelSchedule(): void {
    this.#cancelSync?.();
    this.#cancelSync = undefined;
  }

  /** Makes everything written so far durable, for nobody who waits. */
  async #syncNow(): Promise<void> {
    this.#cancelSchedule();
    await this.#syncing?.catch(() => undefined);
    this.#syncing = this.#backgroundSync(this.#writer);
    await this.#syncing;
  }

  async #backgroundSync(writer: ChainWriter): Promise<void> {
    // A disk that hangs must stop releases here too, although every write still succeeds.
    const release = this.#waiting.refuseAfterStall();
    try {
      await writer.sync();
      if (writer === this.#writer && !this.#isBroken) this.#head.publish(writer.durable);
    } catch (cause) {
      this.#breakDown(writer);
      throw unavailable(cause);
    } finally {
      release();
      this.#syncing = undefined;
      // What was written meanwhile, maybe to a log that was opened anew, has not been scheduled.
      if (!this.#writer.isDurable) this.#scheduleSync();
    }
  }

  /** Closing waits for what still runs on the descriptor, which may hang: nobody waits for the closing. */
  #breakDown(writer: ChainWriter): void {
    if (writer !== this.#writer || this.#isBroken) return;
    this.#isBroken = true;
    this.#letGo();
  }

  #letGo(): void {
    this.#cancelSchedule();
    // An error of close says nothing that the failed write or sync has not said.
    void this.#writer.file.close().catch(() => undefined);
  }

  async #end(): Promise<void> {
    this.#isClosed = true;
    // The event loop must not be held by a disk that hangs.
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(this.#parts.stallMs, resolve);
    // A log that cannot be sealed stays unsealed, and verification says so.
    await Promise.race([this.#seal().catch(() => undefined), stalled]);
    cancel();
    this.#letGo();
  }

  async #seal(): Promise<void> {
    try {
      await this.#enqueueAnchor('close');
      if (this.#parts.durability === 'batched') await this.#syncNow();
    } finally {
      // What the disk has is told by the head, also where the anchor was refused.
      await this.#head.idle();
    }
  }
}

function unavailable(cause: unknown): AgentKeysError {
  return new AgentKeysError('AUDIT_UNAVAILABLE', {}, cause);
}
