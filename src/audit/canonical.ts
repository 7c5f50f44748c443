/** The one spelling of a record: event to text, and the pattern that a line must match. */
import type { AuditEventName } from '../core/audit-events.ts';
import type { AuditEvent } from './event.ts';

/** Longer lines are refused unread, so that a verifier needs bounded memory. The longest possible record is shorter. */
export const maxLineBytes = 16_384;

const MAX_TEXT_UNITS = 256;
const KEPT_TEXT_UNITS = 230;
/** The last millisecond of the year 9999, beyond which RFC 3339 has no spelling. */
const LAST_TIME_MS = 253_402_300_799_999;

/** Everything but printable ASCII, and the two characters that JSON reserves. */
const UNSAFE = /[^ !#-[\]-~]/;
const EACH_UNSAFE = /[^ !#-[\]-~]/g;

const HEX64 = '[0-9a-f]{64}';
const PLAIN = '[ !#-\\[\\]-~]*';
const ESCAPE =
  '\\\\(?:["\\\\]|u(?:00[01][0-9a-f]|007f|00[89a-f][0-9a-f]|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3}))';
const TEXT = `(?:null|"${PLAIN}(?:${ESCAPE}${PLAIN})*")`;
const NUMBER = '(?:null|0|[1-9][0-9]{0,15})';
const TIME =
  '[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z';

/** Groups: 1 seq, 2 ts, 3 event, 4 sig or undefined, 5 prev, 6 hash, 7 mac. The line's newline is not part of it. */
export const recordPattern = new RegExp(
  `^\\{"seq":([1-9][0-9]{0,15}),"ts":"(${TIME})","event":"([a-z][a-z_]{0,31})","agent_id":${TEXT},"session":${TEXT},` +
    `"profile":${TEXT},"service":${TEXT},"backend":${TEXT},"delivery":${TEXT},"uid":${NUMBER},"pid":${NUMBER},` +
    `"reason":${TEXT},"code":${TEXT}(?:,"sig":"([0-9a-f]{128})")?,"prev":"(${HEX64})","hash":"(${HEX64})","mac":"(${HEX64})"\\}$`,
);

/** Bytes of `,"hash":"…","mac":"…"}`: what follows the hashed part of every line. */
export const sealBytes = Buffer.byteLength(`,"hash":"","mac":""}`) + 128;

/** The part of a record that the event decides: from `"ts"` to `"code"`. Throws a RangeError for a number that is none. */
export function formatEventFields(event: AuditEvent | AnchorEvent, atMs: number): string {
  return (
    `"ts":"${formatTime(atMs)}","event":"${event.event}","agent_id":${formatText(event.agent_id)},` +
    `"session":${formatText(event.session)},"profile":${formatText(event.profile)},"service":${formatText(event.service)},` +
    `"backend":${formatText(event.backend)},"delivery":${formatText(event.delivery)},"uid":${formatNumber(event.uid)},` +
    `"pid":${formatNumber(event.pid)},"reason":${formatText(event.reason)},"code":${formatText(event.code)}`
  );
}

/** An anchor is written by the log alone; its reason says when. */
export type AnchorEvent = Omit<AuditEvent, 'event'> & {
  readonly event: 'anchor';
  readonly reason: 'open' | 'recovered' | 'reopened' | 'interval' | 'close';
};

export type AnyEventName = AuditEventName | 'anchor';

function formatTime(atMs: number): string {
  const withinMs = Math.min(Math.max(Math.trunc(atMs), 0), LAST_TIME_MS);
  return new Date(withinMs).toISOString();
}

function formatNumber(value: number | undefined): string {
  if (value === undefined) return 'null';
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a whole number');
  return String(value);
}

/**
 * ATTACK: a name with a newline, a quote, a terminal escape, a C1 byte or a bidi control could forge a record or the
 * terminal of whoever reads the log. So everything but printable ASCII is escaped, as UTF-16 units.
 */
function formatText(value: string | undefined): string {
  if (value === undefined) return 'null';
  const bounded = value.length <= MAX_TEXT_UNITS ? value : shorten(value);
  return UNSAFE.test(bounded) ? `"${bounded.replace(EACH_UNSAFE, escapeUnit)}"` : `"${bounded}"`;
}

function shorten(value: string): string {
  return `${value.slice(0, KEPT_TEXT_UNITS)}(+${value.length - KEPT_TEXT_UNITS} more)`;
}

function escapeUnit(unit: string): string {
  if (unit === '"' || unit === '\\') return `\\${unit}`;
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
