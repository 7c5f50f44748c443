/** The one declaration of what a profile may say: keys, types, defaults and limits. */
import { z } from 'zod';
import { deliveryModeWords } from '../core/delivery-modes.ts';
import { duration, inEffect, listOf, matching, maxListed, requireOrder } from '../toml/schema-parts.ts';
import { agentSchema, allowSchema, limitsSchema, superviseSchema } from './schema-agent.ts';
import { argument, profileName, variables } from './schema-parts.ts';

/** The plan that carries these to the spawner holds 64 credentials. */
const maxCredentials = 64;
const maxBases = 16;

const COMMAND_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._+@[-]{1,255}$/;
const PATTERN = /^[A-Za-z_][A-Za-z0-9_]{0,127}\*?$/;
/** Control and format characters could move a terminal's cursor or turn its text around. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const patterns = listOf(
  matching(PATTERN, 'variable', 'must list variable names, each with at most one * at its end'),
);

export const cacheSchema = z
  .strictObject({
    idle: duration.default('60s').describe('kept for so long since its last use'),
    max: duration.default('10m').describe('kept for so long at all'),
  })
  .superRefine(({ idle, max }, context) =>
    requireOrder(context, { least: ['idle', idle], most: ['max', max] }),
  );

export const credentialSchema = z.strictObject({
  from: z.string().meta({ title: 'reference' }).describe('where the value lives, such as `vault:openai`'),
  deliver: z
    .string()
    .meta({ enum: Object.keys(deliveryModeWords), ...inEffect('`env` only; another mode is refused') })
    .default('env')
    .describe('how it reaches the agent'),
  release: z
    .enum(['auto', 'approve'])
    .meta(inEffect('`auto` only; a launch with `approve` is refused'))
    .default('auto')
    .describe('`approve`: a person must release it each time'),
  cache: z
    .union([z.boolean(), cacheSchema])
    .meta(inEffect('not yet: nothing is kept, which is less than it allows'))
    .default(false)
    .describe('how long the daemon may keep a fetched value; `true` means the defaults of its keys'),
});

export const environmentSchema = z
  .strictObject({
    inherit: z
      .enum(['caller', 'minimal', 'none'])
      .default('caller')
      .describe(
        "what of the caller's environment reaches the agent: all; the variables below and `pass`; nothing",
      ),
    pass: patterns
      .default([])
      .describe(
        'names, each perhaps with one `*` at its end, that reach the agent besides those of `minimal`; refused with any other `inherit`',
      ),
    unset: patterns.default([]).describe('names, likewise, that never reach it'),
    set: variables(argument, maxListed).default({}).describe('variables with fixed values'),
  })
  .superRefine(({ inherit, pass }, context) => {
    // A list that is silently without effect would be taken for one that has it.
    if (pass.length === 0 || inherit === 'minimal') return;
    context.addIssue({
      code: 'custom',
      path: ['pass'],
      message: "has an effect only with inherit = 'minimal'",
      params: { contradicts: 'inherit' },
    });
  });

export const profileSchema = z.strictObject({
  schema: z.literal(1).describe('the version of the format'),
  name: profileName.describe(
    'equal to the name of the file; the agent id of its runs, unless `--agent-id` gives one',
  ),
  description: z
    .string()
    .refine((text) => text.length <= 200 && !UNSEEN.test(text), {
      error: 'must be one line of at most 200 visible characters',
    })
    .meta({ maxLength: 200 })
    .optional()
    .describe('one line of at most 200 characters'),
  extends: z
    .array(profileName)
    .refine((list) => list.length <= maxBases, { error: `must have at most ${maxBases} entries` })
    .meta({ maxItems: maxBases })
    .default([])
    .describe('profiles that this one is built upon, see below'),
  match: listOf(
    matching(COMMAND_NAME, 'command', "must list names of commands, such as 'claude', without a directory"),
  )
    .default([])
    .describe('names of commands, without a directory, that select the profile when none is given'),
  allow: allowSchema.optional().describe('who may use it in system mode; absent: nobody'),
  command: z
    .array(argument)
    .refine((list) => list.length > 0 && list[0] !== '', { error: 'must begin with the program' })
    .meta({ minItems: 1 })
    .optional()
    .describe('program and arguments when the command line gives none'),
  credentials: variables(credentialSchema, maxCredentials)
    .default({})
    .describe('a table for each variable that carries a credential'),
  environment: environmentSchema.prefault({}).describe("what of the caller's environment reaches the agent"),
  agent: agentSchema.prefault({}).describe('how the agent is run'),
  supervise: superviseSchema.prefault({}).describe('how `up` keeps it running'),
  limits: limitsSchema.prefault({}).describe('limits of its sessions'),
});

export type ProfileSource = z.infer<typeof profileSchema>;
