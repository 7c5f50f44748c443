/** What can be written into the audit log, and the contract of the log itself. */
import type { AuditEventName } from '../core/audit-events.ts';

/**
 * One thing that happened. Names only, never a credential's value. Text is escaped when written and cut at 256 UTF-16
 * units, so a hostile name costs one bounded line. An absent field is written as null.
 */
export interface AuditEvent {
  readonly event: AuditEventName;
  readonly agent_id?: string | undefined;
  readonly session?: string | undefined;
  readonly profile?: string | undefined;
  /** The credential's name. */
  readonly service?: string | undefined;
  readonly backend?: string | undefined;
  readonly delivery?: string | undefined;
  readonly uid?: number | undefined;
  readonly pid?: number | undefined;
  /** Why, as one word of ours: `idle`, `max_age`, `revoke`, `lock`, `stop`, `profile`, `exit`, `delivered`, … */
  readonly reason?: string | undefined;
  /** The error code of a refusal, or an exit status as text. */
  readonly code?: string | undefined;
}

/** A record as it stands in the log, parsed from its line. */
export interface AuditRecord {
  readonly seq: number;
  readonly ts: string;
  readonly event: AuditEventName | 'anchor';
  readonly agent_id: string | null;
  readonly session: string | null;
  readonly profile: string | null;
  readonly service: string | null;
  readonly backend: string | null;
  readonly delivery: string | null;
  readonly uid: number | null;
  readonly pid: number | null;
  readonly reason: string | null;
  readonly code: string | null;
  /** Only on anchors. */
  readonly sig?: string;
  readonly prev: string;
  readonly hash: string;
  readonly mac: string;
}

/** Where a credential may be released from: nothing leaves before `append` of its grant has resolved. */
export interface AuditLog {
  /**
   * Resolves when the record is durable as configured: synced (`sync`), or written to the kernel (`batched`).
   * Rejects with `AUDIT_UNAVAILABLE` after a write or sync error, when not durable within `stallMs`, when too many
   * appends wait and after `close`. A rejected record may still be found in the log later; it was never acted on.
   */
  append(event: AuditEvent): Promise<void>;
  /**
   * For what releases nothing. Takes its place in the same order, and resolves when the kernel has the record: a crash of
   * any process keeps it. The disk has it with the next `append`, else a sync begins at most 50 ms later; if that fails,
   * nothing is appended before it is made good. Rejects with `AUDIT_UNAVAILABLE` as `append` does.
   */
  note(event: AuditEvent): Promise<void>;
  /** The number of the last record handed to the kernel. */
  readonly lastSeq: number;
  /**
   * Makes everything durable and seals it with an anchor if it can be written, and lets go of the file. Never rejects, ends
   * within `stallMs`.
   */
  close(): Promise<void>;
}
