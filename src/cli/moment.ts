/** A moment on a command line: RFC 3339, or so long ago. */
import { AgentKeysError } from '../core/errors.ts';
import { findDurationMs } from '../core/quantities.ts';

const RFC_3339 =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(\d{2}))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Milliseconds since 1970; undefined: the option was not given. Errors: `USAGE`, naming the option. */
export function parseMoment(given: unknown, option: string, nowMs: number): number | undefined {
  if (given === undefined) return undefined;
  const text = String(given);
  const agoMs = findDurationMs(text);
  const atMs = agoMs === undefined ? findMoment(text) : nowMs - agoMs;
  if (atMs !== undefined) return atMs;
  const rule = `${option} takes a time such as 2026-11-22T10:00:00Z, or how long ago such as 10m`;
  throw new AgentKeysError('USAGE', { rule });
}

function findMoment(text: string): number | undefined {
  const [, date = '', day] = RFC_3339.exec(text) ?? [];
  // Node takes the 31st of February for a day in March.
  const isDay = Number(new Date(`${date}T00:00:00Z`).getUTCDate()) === Number(day);
  return isDay ? Date.parse(text) : undefined;
}
