/** `stop`: ends the daemon; agents that run go on. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';

/** After the answer the connection stays open until the daemon is gone: its end of file says so. */
export const stopRequest = defineRequest({
  name: 'stop',
  input: z.strictObject({}),
  output: z.strictObject({ stopping: z.literal(true) }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  isAudited: true,
  maxBytes: 256,
});
