/** A record of the audit log as one line for a person. */
import { cutText, escapeText } from '../core/printable.ts';

/** In the order of a line; a record's chain stays out of it. */
const shownFields = [
  'event',
  'agent_id',
  'session',
  'profile',
  'service',
  'backend',
  'delivery',
  'uid',
  'pid',
  'reason',
  'code',
];

/** A line that is no record is shown as it is, escaped: the log may be broken, and this is the way to see that. */
export function formatAuditLine(line: string): string {
  const record = parseRecord(line);
  if (record === undefined) return escapeText(cutText(line));
  const shown = shownFields
    .filter((field) => record[field] !== null && record[field] !== undefined)
    .map((field) => (field === 'event' ? String(record[field]) : `${field}=${String(record[field])}`));
  return escapeText([record.seq, record.ts, ...shown].join(' '));
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
