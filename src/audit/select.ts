/** Which records of a log are wanted. */
import { recordPattern } from './canonical.ts';
import type { AuditRecord } from './event.ts';
import { LineCutter, readLines } from './lines.ts';
import { openLogForReading } from './open-log.ts';

/** Absent: any. */
export interface RecordFilter {
  readonly agentId?: string | undefined;
  readonly session?: string | undefined;
  readonly profile?: string | undefined;
  readonly service?: string | undefined;
  readonly events?: ReadonlySet<string> | undefined;
  /** By the records' own clock, both included. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface SelectedLine {
  /** As it stands in the log, byte for byte. */
  readonly line: string;
  readonly record: AuditRecord;
}

export interface SelectRequest {
  readonly directory: string;
  readonly filter: RecordFilter;
  readonly onRecord: (selected: SelectedLine) => void;
}

/**
 * Reads the whole log with constant memory. Resolves with the number, from 1, of the first line that is no record; such a line is left
 * out. Records are not verified. Errors: `AUDIT_ABSENT`, `AUDIT_BROKEN` (the log is missing), `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`.
 */
export async function selectRecords(
  request: SelectRequest,
): Promise<{ readonly firstBadLine: number | undefined }> {
  const { directory, filter, onRecord } = request;
  const handle = await openLogForReading(directory);
  let count = 0;
  let firstBadLine: number | undefined;
  try {
    await readLines(handle, new LineCutter(), 0, (line) => {
      count += 1;
      const record = findRecord(line);
      if (record === undefined) firstBadLine ??= count;
      else if (matchesFilter(record, filter)) onRecord({ line, record });
    });
  } finally {
    await handle.close();
  }
  return { firstBadLine };
}

/** undefined: the line is not in the one spelling that a record has. */
export function findRecord(line: string): AuditRecord | undefined {
  return recordPattern.test(line) ? (JSON.parse(line) as AuditRecord) : undefined;
}

export function matchesFilter(record: AuditRecord, filter: RecordFilter): boolean {
  const { agentId, session, profile, service, events, sinceMs, untilMs } = filter;
  const isAt = Date.parse(record.ts);
  return (
    (agentId === undefined || record.agent_id === agentId) &&
    (session === undefined || record.session === session) &&
    (profile === undefined || record.profile === profile) &&
    (service === undefined || record.service === service) &&
    (events === undefined || events.has(record.event)) &&
    (sinceMs === undefined || isAt >= sinceMs) &&
    (untilMs === undefined || isAt <= untilMs)
  );
}
