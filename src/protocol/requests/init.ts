/** `init`: makes identity and vault if there are none. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';

export const initRequest = defineRequest({
  name: 'init',
  input: z.strictObject({}),
  output: z.strictObject({ identity: z.string(), created: z.boolean() }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  isAudited: true,
  maxBytes: 256,
});
