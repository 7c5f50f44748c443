/** Pieces that schemas are made of: each refuses in our words, and tells a JSON Schema what it takes. */
import { z } from 'zod';
import { findDurationMs } from '../core/quantities.ts';

/** The plan that carries lists to the spawner holds 64 credentials and 512 strings in all. */
export const maxListed = 128;

/** Text of a form. `title` is the form's name in the reference pages. */
export const matching = (pattern: RegExp, title: string, error: string) =>
  z
    .string()
    .refine((text) => pattern.test(text), { error })
    .meta({ title, pattern: pattern.source });

/** For what this version does not do, or only in part: stands in the JSON Schema and in the reference pages. */
export const inEffect = (words: string) => ({ 'x-in-effect': words });

/** As useradd(8) takes it. */
export const account = matching(/^[a-z_][a-z0-9_-]{0,30}\$?$/, 'account', 'must be the name of an account');

export const absolutePath = matching(/^\/[^\0]{0,4094}$/, 'absolute path', 'must be an absolute path');

export const duration = z
  .string()
  .refine((text) => findDurationMs(text) !== undefined, {
    error: "must be a duration such as '60s' or '10m', at most '365d'",
  })
  .meta({ title: 'duration', pattern: '^[0-9]{1,15}(ms|s|m|h|d)$' });

/** Refuses two durations of one table, each a key and its text, of which the second is the shorter. */
export function requireOrder(
  context: z.core.$RefinementCtx,
  { least, most }: { readonly least: readonly [string, string]; readonly most: readonly [string, string] },
): void {
  const [leastMs, mostMs] = [findDurationMs(least[1]), findDurationMs(most[1])];
  // A text that is no duration has been refused as such.
  if (leastMs === undefined || mostMs === undefined || leastMs <= mostMs) return;
  context.addIssue({
    code: 'custom',
    path: [most[0]],
    message: `must be at least as long as '${least[0]}'`,
    params: { contradicts: least[0] },
  });
}

/** At most `maxListed` entries. */
export const listOf = <Entry extends z.ZodType>(entry: Entry) =>
  z
    .array(entry)
    .refine((list) => list.length <= maxListed, { error: `must have at most ${maxListed} entries` })
    .meta({ maxItems: maxListed });

/** A whole number from `least` to `most`. */
export const wholeNumber = (least: number, most: number) =>
  z
    .number()
    .refine((value) => Number.isSafeInteger(value) && value >= least && value <= most, {
      error: `must be a whole number from ${least} to ${most}`,
    })
    .meta({ type: 'integer', minimum: least, maximum: most });
