/** The tables of a profile that say how the agent is run: `allow`, `agent`, `supervise`, `limits`. */
import { z } from 'zod';
import { findByteSize, findDurationMs } from '../core/quantities.ts';
import { signalNames } from '../core/signals.ts';
import {
  absolutePath,
  account,
  duration,
  inEffect,
  listOf,
  matching,
  requireOrder,
  wholeNumber,
} from '../toml/schema-parts.ts';
import { profileName } from './schema-parts.ts';

export const allowSchema = z
  .strictObject({
    users: listOf(account).default([]).describe('accounts that may use the profile in system mode'),
    groups: listOf(account).default([]).describe('groups whose members may use it in system mode'),
  })
  .meta(inEffect('not yet: there is no system mode'));

const needsCgroup = inEffect('refused: needs a delegated cgroup');

export const agentLimitsSchema = z.strictObject({
  nofile: wholeNumber(3, 1_048_576).optional().describe('open descriptors, soft and hard limit'),
  core: wholeNumber(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('bytes of a core dump, soft and hard limit'),
  memory: z
    .string()
    .refine((text) => findByteSize(text) !== undefined, { error: "must be a size such as '2GB'" })
    .meta({ title: 'size', pattern: '^[0-9]{1,15}([KMGT]i?)?B$', ...needsCgroup })
    .optional()
    .describe('memory of the whole session, such as `2GB` or `512MiB`'),
  pids: wholeNumber(1, 4_194_304).meta(needsCgroup).optional().describe('processes of the whole session'),
});

export const agentSchema = z.strictObject({
  user: account
    .meta(inEffect('refused: needs system mode'))
    .optional()
    .describe('account that the agent runs as'),
  cwd: absolutePath.optional().describe('working directory; a command with a slash must then be absolute'),
  umask: matching(
    /^0?[0-7]{3}$/,
    'three octal digits',
    "must be three octal digits in quotes, such as '0077'",
  )
    .optional()
    .describe('file mode mask, such as `0077`'),
  limits: agentLimitsSchema.prefault({}).describe('resource limits'),
  may_run: listOf(profileName)
    .meta(inEffect('not yet: an agent can ask for none'))
    .default([])
    .describe('profiles that the agent may ask for itself'),
  lease: z
    .enum(['leader', 'tree'])
    .meta(inEffect('not yet: counts with `fd` delivery only'))
    .default('leader')
    .describe('who keeps a credential delivered by descriptor: the first process, or all of the session'),
});

const backoffSchema = z
  .strictObject({
    first: duration.default('1s').describe('pause before the first restart; doubled at each one'),
    max: duration.default('60s').describe('longest pause'),
  })
  .superRefine(({ first, max }, context) =>
    requireOrder(context, { least: ['first', first], most: ['max', max] }),
  );

const superviseTable = z.strictObject({
  restart: z
    .enum(['never', 'on-failure', 'always'])
    .default('on-failure')
    .describe('whether it is started again after it ended'),
  backoff: backoffSchema.prefault({}).describe('pauses between restarts'),
  max_starts: z
    .strictObject({
      count: wholeNumber(1, 1000).default(5).describe('more starts than this are a failure'),
      within: duration.default('60s').describe('if they come in so long'),
    })
    .prefault({})
    .describe('how often it may be started'),
  stop: z
    .strictObject({
      signal: z.enum(signalNames).default('TERM').describe('signal that asks it to end'),
      timeout: duration.default('10s').describe('pause before KILL follows'),
    })
    .prefault({})
    .describe('how it is ended'),
  on_rotation: z
    .enum(['none', 'restart', 'refresh', ...signalNames.map((name) => `signal:${name}` as const)])
    .default('none')
    .describe('what happens when a credential has a new version'),
});

const notYet = inEffect('not yet: there is no `up`');

export const superviseSchema = superviseTable.meta(notYet).superRefine(({ backoff, max_starts }, context) => {
  const [pauseMs, withinMs] = [findShortestMs(backoff, max_starts.count), findDurationMs(max_starts.within)];
  if (pauseMs === undefined || withinMs === undefined || pauseMs < withinMs) return;
  context.addIssue({
    code: 'custom',
    path: ['max_starts'],
    message: "can never be reached: the pauses of 'backoff' alone take longer than 'within'",
    params: { contradicts: 'backoff' },
  });
});

/** Pauses before one start too many, of an agent that ends at once; undefined if a duration is none. */
function findShortestMs({ first, max }: z.infer<typeof backoffSchema>, restarts: number): number | undefined {
  const [firstMs, maxMs] = [findDurationMs(first), findDurationMs(max)];
  if (firstMs === undefined || maxMs === undefined) return undefined;
  let sumMs = 0;
  for (let index = 0; index < Math.min(restarts, 1000); index++)
    sumMs += Math.min(firstMs * 2 ** index, maxMs);
  return sumMs;
}

export const limitsSchema = z
  .strictObject({
    reads_per_minute: wholeNumber(1, 1_000_000)
      .optional()
      .describe('credentials released to one agent id in a minute'),
    max_age: duration.optional().describe('the session ends when it is so old'),
  })
  .meta(inEffect('refused: not enforced yet'));
