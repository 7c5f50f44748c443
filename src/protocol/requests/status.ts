/** `status`: the daemon's processes and health. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';
import { pidField } from './fields.ts';

export const statusRequest = defineRequest({
  name: 'status',
  input: z.strictObject({}),
  output: z.strictObject({
    version: z.string(),
    mode: z.enum(['user', 'system']),
    broker: z.strictObject({ pid: pidField }),
    spawner: z.strictObject({ pid: pidField }),
    vault: z.strictObject({
      locked: z.boolean(),
      present: z.boolean(),
      /** `damaged`: a file of it is refused; `unavailable`: it cannot be opened for another reason. Both come with `error`. */
      state: z.enum(['absent', 'unlocked', 'damaged', 'unavailable']),
      error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
    }),
    sessions: z.int().min(0),
    hardening: z.enum(['ok', 'degraded', 'failed']),
    /** When the broker began to serve: RFC 3339, UTC, milliseconds. */
    since: z.string(),
    /** What values lie in: `secretmem`, or `locked` where the kernel has none. */
    memory: z.enum(['secretmem', 'locked']),
    audit: z.strictObject({ durability: z.enum(['sync', 'batched']) }),
    /** Where the daemon keeps its files; a caller with another environment may look elsewhere. */
    home: z.strictObject({ config: z.string(), state: z.string(), run: z.string(), socket: z.string() }),
  }),
  whoMayAsk: 'owner',
  insideSession: 'own',
  isAudited: false,
  maxBytes: 256,
});

export type DaemonStatus = z.infer<typeof statusRequest.output>;
