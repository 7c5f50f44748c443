/** `remove`: a credential out of the vault, for good. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';
import { serviceField } from './fields.ts';

export const removeRequest = defineRequest({
  name: 'remove',
  input: z.strictObject({ service: serviceField }),
  output: z.strictObject({ removed: z.literal(true) }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  isAudited: true,
  maxBytes: 256,
});
