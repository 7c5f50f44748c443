/** Durations and sizes as people write them: `90s`, `10m`, `2GB`. One number, one unit, nothing between. */

const durationUnitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnits = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
} as const;

/** A year: nothing of ours lasts longer, and no clock of ours overflows. */
export const maxDurationMs = 365 * durationUnitsMs.d;

/** Milliseconds, 1 to `maxDurationMs`; undefined for anything else. */
export function findDurationMs(text: string): number | undefined {
  const ms = findQuantity(text, durationUnitsMs);
  return ms !== undefined && ms >= 1 && ms <= maxDurationMs ? ms : undefined;
}

/** Bytes, 1 to 2^53-1; undefined for anything else. */
export function findByteSize(text: string): number | undefined {
  const bytes = findQuantity(text, sizeUnits);
  return bytes !== undefined && bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** What `findDurationMs` reads back: in the largest unit that divides it. */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, durationUnitsMs);
}

/** What `findByteSize` reads back: in the largest unit that divides it. */
export function formatByteSize(bytes: number): string {
  return formatQuantity(bytes, sizeUnits);
}

function formatQuantity(value: number, units: Readonly<Record<string, number>>): string {
  const fitting = Object.entries(units).filter(([, factor]) => value % factor === 0);
  const [unit, factor] = fitting.reduce((one, other) => (other[1] > one[1] ? other : one));
  return `${value / factor}${unit}`;
}

/** Whole numbers only: `1.5h` has as many readings as readers. */
function findQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,15})([A-Za-z]{1,3})$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  return Number(digits) * (units[unit] ?? Number.NaN);
}
