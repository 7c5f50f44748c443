/** `read` and `read-finish`: a credential's value out of the daemon through a pipe that the daemon made. */
import * as z from 'zod';
import { limits } from '../limits.ts';
import { defineRequest } from '../request.ts';
import { serviceField } from './fields.ts';

/** The answer carries the pipe's read end. */
export const readRequest = defineRequest({
  name: 'read',
  input: z.strictObject({ service: serviceField }),
  output: z.strictObject({ byteLength: z.int().min(1).max(limits.maxValueBytes) }),
  whoMayAsk: 'owner',
  insideSession: 'own',
  isAudited: true,
  maxBytes: 256,
});

/** Answered once every byte is in the pipe, so that an end of file that came early is told from the value's end. */
export const readFinishRequest = defineRequest({
  name: 'read-finish',
  input: z.strictObject({}),
  output: z.strictObject({ delivered: z.literal(true) }),
  whoMayAsk: 'owner',
  insideSession: 'own',
  continues: 'read',
  isAudited: true,
  maxBytes: 256,
});
