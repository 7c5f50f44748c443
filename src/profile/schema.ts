/** The one declaration of what a profile may say: keys, types, defaults and limits. */
import { z } from 'zod';
import { isDangerousName } from '../core/dangerous-names.ts';
import { parseProfileName, parseVariableName } from '../core/ids.ts';

/** The plan that carries these to the spawner holds 64 credentials and 512 strings in all. */
const maxCredentials = 64;
const maxListed = 128;

const COMMAND_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._+@[-]{1,255}$/;
const PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,127}\*?$/;
/** Control and format characters could move a terminal's cursor or turn its text around. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const rule = (pattern: RegExp, error: string) => z.string().refine((text) => pattern.test(text), { error });
const argument = z.string().refine((text) => !text.includes('\0'), { error: 'must not contain a NUL' });
const patterns = z
  .array(rule(PATTERN, 'must list variable names, each with at most one * at its end'))
  .refine((list) => list.length <= maxListed, { error: `must have at most ${maxListed} entries` });

function accepts(parse: (text: string) => string, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false; // the parse function's error names the kind only; the issue says it at its line
  }
}

/** Maps variables to `values`, refusing names that are no names and names that make programs run other code. */
function variables<Value extends z.ZodType>(values: Value, maxEntries: number) {
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

export const credentialSchema = z.strictObject({
  from: z.string(),
  deliver: z.string().default('env'),
  release: z.enum(['auto', 'approve']).default('auto'),
});

export const environmentSchema = z
  .strictObject({
    inherit: z.enum(['caller', 'minimal', 'none']).default('caller'),
    pass: patterns.default([]),
    unset: patterns.default([]),
    set: variables(argument, maxListed).default({}),
  })
  .superRefine(({ inherit, pass }, context) => {
    // A list that is silently without effect would be taken for one that has it.
    if (pass.length === 0 || inherit === 'minimal') return;
    context.addIssue({
      code: 'custom',
      path: ['pass'],
      message: "has an effect only with inherit = 'minimal'",
    });
  });

export const profileSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string().refine((text) => accepts(parseProfileName, text), {
    error: 'must be lower-case letters, digits, dot, dash and underscore, at most 64',
  }),
  description: z
    .string()
    .refine((text) => text.length <= 200 && !UNSEEN.test(text), {
      error: 'must be one line of at most 200 visible characters',
    })
    .optional(),
  match: z
    .array(rule(COMMAND_NAME, "must list names of commands, such as 'claude', without a directory"))
    .refine((list) => list.length <= maxListed, { error: `must have at most ${maxListed} entries` })
    .default([]),
  command: z
    .array(argument)
    .refine((list) => list.length > 0 && list[0] !== '', { error: 'must begin with the program' })
    .optional(),
  credentials: variables(credentialSchema, maxCredentials).default({}),
  environment: environmentSchema.prefault({}),
});

export type ProfileSource = z.infer<typeof profileSchema>;

/** Keys that the format has in store; a file that uses one must not seem to work. */
export const laterKeys: readonly string[] = ['agent', 'allow', 'cache', 'extends', 'limits', 'supervise'];
