/** Names, arguments and variables, as several tables of a profile have them. */
import { z } from 'zod';
import { isDangerousName } from '../core/dangerous-names.ts';
import { parseProfileName, parseVariableName } from '../core/ids.ts';

export const argument = z
  .string()
  .refine((text) => !text.includes('\0'), { error: 'must not contain a NUL' })
  .meta({ pattern: '^[^\\0]*$' });

export const profileName = z
  .string()
  .refine((text) => accepts(parseProfileName, text), {
    error: 'must be lower-case letters, digits, dot, dash and underscore, at most 64',
  })
  .meta({ title: 'profile name', pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' });

/** Maps variables to `values`, refusing names that are no names and names that make programs run other code. */
export function variables<Value extends z.ZodType>(values: Value, maxEntries: number) {
  const name = z.string().meta({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' });
  const table = z.record(name, values).meta({ maxProperties: maxEntries });
  return table.superRefine((entries, context) => {
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
