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
    vault: z.strictObject({ locked: z.boolean(), present: z.boolean() }),
    sessions: z.int().min(0),
    hardening: z.enum(['ok', 'degraded', 'failed']),
  }),
  whoMayAsk: 'owner',
  insideSession: 'own',
  isAudited: false,
  maxBytes: 256,
});

export type DaemonStatus = z.infer<typeof statusRequest.output>;
