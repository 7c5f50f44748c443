/** `look-up`: whether references lead anywhere. Releases nothing. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';

export const maxLookUps = 64;

/** `stored` also for an entry that is damaged; `unknown`: there is no such backend; `invalid`: no reference at all. */
const state = z.enum(['stored', 'missing', 'unknown', 'invalid']);

export type ReferenceState = z.infer<typeof state>;

export const lookUpRequest = defineRequest({
  name: 'look-up',
  input: z.strictObject({ references: z.array(z.string().max(4096)).max(maxLookUps) }),
  /** In the order of the question. */
  output: z.strictObject({ rows: z.array(z.strictObject({ reference: z.string(), state })) }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  isAudited: false,
  /** The answer repeats the references and adds up to 33 bytes to each; it must fit in a frame as well. */
  maxBytes: 63_000,
});
