/** The one declaration of what config.toml may say: keys, types, defaults and limits. */
import { z } from 'zod';
import { absolutePath, account, duration, listOf, matching, wholeNumber } from '../toml/schema-parts.ts';

const variable = matching(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'variable', 'must list names of variables');
const sinkName = matching(/^[a-z][a-z0-9-]{0,63}$/, 'sink', 'must list names of sinks');

const auditSchema = z.strictObject({
  durability: z
    .enum(['sync', 'batched'])
    .default('sync')
    .describe(
      '`sync`: a grant is on the disk before a byte leaves. `batched`: it is with the kernel, and on the disk within 50 ms; a power cut can lose it, so `status` says `degraded`',
    ),
  sinks: listOf(sinkName).default([]).describe('where records go besides the log'),
});

const operatorsSchema = z.strictObject({
  users: listOf(account).default([]).describe('accounts that may operate the daemon of the machine'),
  groups: listOf(account).default([]).describe('groups whose members may'),
});

export const configSchema = z.strictObject({
  audit: auditSchema.prefault({}).describe('the record'),
  hardening: z
    .enum(['report', 'strict'])
    .default('report')
    .describe(
      '`report`: what is less than it should be shows in `status`. `strict`: the daemon does not start with it',
    ),
  operators: operatorsSchema.prefault({}).describe('who may operate the daemon of the machine'),
  confined: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('callers that are more confined than the daemon'),
  allow_dangerous_names: listOf(variable)
    .default([])
    .describe('variables that change which code programs run, and yet may be set'),
  mcp: z
    .strictObject({
      inline: z.boolean().default(false).describe('whether values may stand in answers of the MCP server'),
    })
    .prefault({})
    .describe('the MCP server'),
  session: z
    .strictObject({ ttl: duration.default('12h').describe("how long an operator's session lasts") })
    .prefault({})
    .describe("operators' sessions"),
  limits: z
    .strictObject({
      reads_per_minute: wholeNumber(1, 1_000_000)
        .default(100)
        .describe('credentials released to one agent id, where its profile says nothing'),
    })
    .prefault({})
    .describe('limits of all sessions'),
  vault: z
    .strictObject({
      auto_lock: duration.optional().describe('the vault locks itself after so long without use'),
    })
    .prefault({})
    .describe('the vault'),
  backends: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe('a table for each backend, `backends.NAME`'),
  agents: z
    .strictObject({ log_dir: absolutePath.optional().describe('where output of agents under `up` goes') })
    .prefault({})
    .describe('agents under `up`'),
});

export type ConfigSource = z.output<typeof configSchema>;

/** What this version acts on. Every other key is refused where it is present: a rule that nobody follows must not look like one. */
export const keysInEffect: readonly string[] = ['audit.durability', 'hardening'];

/** Every key that has a value, in dots: the leaves of the schema. */
export function listConfigKeys(): readonly string[] {
  return Object.entries<z.ZodType>(configSchema.shape).flatMap(([name, schema]) => {
    const table = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
    return table instanceof z.ZodObject ? Object.keys(table.shape).map((key) => `${name}.${key}`) : [name];
  });
}
