/** `ps`: the sessions that live, in pages. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';
import { pidField, sessionField } from './fields.ts';

export const sessionRow = z.strictObject({
  agent_id: z.string(),
  session: z.string(),
  profile: z.string(),
  pid: pidField,
  monitor: z.strictObject({ pid: pidField }),
  state: z.string(),
  /** RFC 3339, UTC, milliseconds. */
  started: z.string(),
  credentials: z.array(
    z.strictObject({ name: z.string(), service: z.string(), delivery: z.string(), grade: z.string() }),
  ),
});

export type SessionRow = z.infer<typeof sessionRow>;

export const psRequest = defineRequest({
  name: 'ps',
  /** `after`: the `next` of the page before. */
  input: z.strictObject({ after: sessionField.optional() }),
  /** Ordered by session; without `next` the page is the last. */
  output: z.strictObject({ sessions: z.array(sessionRow), next: z.string().optional() }),
  whoMayAsk: 'owner',
  insideSession: 'own',
  isAudited: false,
  maxBytes: 256,
});
