/** The tables of a profile that say how the agent is run: `allow`, `agent`, `supervise`, `limits`. */
import { z } from 'zod';
import { findByteSize, findDurationMs } from '../core/quantities.ts';
import { signalNames } from '../core/signals.ts';
import {
  absolutePath,
  account,
  duration,
  listOf,
  matching,
  requireOrder,
  wholeNumber,
} from '../toml/schema-parts.ts';
import { profileName } from './schema-parts.ts';

export const allowSchema = z.strictObject({
  users: listOf(account).default([]).describe('accounts that may use the profile'),
  groups: listOf(account).default([]).describe('groups whose members may use it'),
});

export const agentLimitsSchema = z.strictObject({
  nofile: wholeNumber(3, 1_048_576).optional().describe('open descriptors'),
  core: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional().describe('bytes of a core dump'),
  memory: z
    .string()
    .refine((text) => findByteSize(text) !== undefined, { error: "must be a size such as '2GB'" })
    .optional()
    .describe('memory of the whole session; needs a delegated cgroup'),
  pids: wholeNumber(1, 4_194_304)
    .optional()
    .describe('processes of the whole session; needs a delegated cgroup'),
});

export const agentSchema = z.strictObject({
  user: account.optional().describe('the account that the agent runs as; system mode only'),
  cwd: absolutePath.optional().describe('working directory; a command with a slash must then be absolute'),
  umask: matching(/^0?[0-7]{3}$/, "must be three octal digits in quotes, such as '0077'")
    .optional()
    .describe('file mode mask, octal'),
  limits: agentLimitsSchema.prefault({}).describe('resource limits, soft and hard'),
  may_run: listOf(profileName).default([]).describe('profiles that the agent may ask for itself'),
  lease: z
    .enum(['leader', 'tree'])
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
      count: wholeNumber(1, 1000).default(5).describe('so many starts'),
      within: duration.default('60s').describe('in so long'),
    })
    .prefault({})
    .describe('more starts than this are a failure'),
  stop: z
    .strictObject({
      signal: z.enum(signalNames).default('TERM').describe('sent first'),
      timeout: duration.default('10s').describe('until KILL follows'),
    })
    .prefault({})
    .describe('how it is ended'),
  on_rotation: z
    .enum(['none', 'restart', 'refresh', ...signalNames.map((name) => `signal:${name}` as const)])
    .default('none')
    .describe('what happens when a credential has a new version'),
});

export const superviseSchema = superviseTable.superRefine(({ backoff, max_starts }, context) => {
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

export const limitsSchema = z.strictObject({
  reads_per_minute: wholeNumber(1, 1_000_000).optional().describe('credentials released to one agent id'),
  max_age: duration.optional().describe('the session ends then'),
});
