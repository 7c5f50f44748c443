/** Pieces that several tables of a profile are made of. */
import { z } from 'zod';
import { isDangerousName } from '../core/dangerous-names.ts';
import { parseProfileName, parseVariableName } from '../core/ids.ts';
import { findDurationMs } from '../core/quantities.ts';

/** The plan that carries lists to the spawner holds 64 credentials and 512 strings in all. */
export const maxListed = 128;

export const matching = (pattern: RegExp, error: string) =>
  z
    .string()
    .refine((text) => pattern.test(text), { error })
    .meta({ pattern: pattern.source });

export const argument = z
  .string()
  .refine((text) => !text.includes('\0'), { error: 'must not contain a NUL' });

export const duration = z
  .string()
  .refine((text) => findDurationMs(text) !== undefined, {
    error: "must be a duration such as '60s' or '10m', at most '365d'",
  })
  .meta({ pattern: '^[0-9]{1,15}(ms|s|m|h|d)$' });

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

export const profileName = z
  .string()
  .refine((text) => accepts(parseProfileName, text), {
    error: 'must be lower-case letters, digits, dot, dash and underscore, at most 64',
  })
  .meta({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' });

/** A whole number from `least` to `most`. */
export const wholeNumber = (least: number, most: number) =>
  z
    .number()
    .refine((value) => Number.isSafeInteger(value) && value >= least && value <= most, {
      error: `must be a whole number from ${least} to ${most}`,
    })
    .meta({ type: 'integer', minimum: least, maximum: most });

/** Maps variables to `values`, refusing names that are no names and names that make programs run other code. */
export function variables<Value extends z.ZodType>(values: Value, maxEntries: number) {
  return z.record(z.string(), values).superRefine((entries, context) => {
    const names = Object.keys(entries);
    if (names.length > maxEntries) {
      context.addIssue({ code: 'custom', message: `must have at most ${maxEntries} entries` });
    }
    for (const name of names) {
      if (!accepts(parseVariableName, name)) {
        context.addIssue({ code: 'custom', path: [name], message: 'is not a name that a variable can have' });
      } else if (isDangerousName(name)) {
        const message = 'must not be set: it changes which code programs run';
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }
  });
}

function accepts(parse: (text: string) => string, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false; // the parse function's error names the kind only; the issue says it at its line
  }
}
