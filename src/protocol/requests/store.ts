/** `store`, `store-commit` and `store-abort`: a credential's value into the vault through a pipe that the daemon made. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';
import { serviceField } from './fields.ts';

/** The answer carries the pipe's write end. */
export const storeRequest = defineRequest({
  name: 'store',
  input: z.strictObject({ service: serviceField, replace: z.boolean() }),
  output: z.strictObject({ pipe: z.literal(true) }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  isAudited: true,
  maxBytes: 256,
});

/** The value is whole: a writer that vanished half-way and one that is done both leave an end of file. */
export const storeCommitRequest = defineRequest({
  name: 'store-commit',
  input: z.strictObject({}),
  output: z.strictObject({ version: z.int().min(1) }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  continues: 'store',
  isAudited: true,
  maxBytes: 256,
});

/** Forgets what came through the pipe; so does the end of the connection. */
export const storeAbortRequest = defineRequest({
  name: 'store-abort',
  input: z.strictObject({}),
  output: z.strictObject({ stored: z.literal(false) }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  continues: 'store',
  isAudited: false,
  maxBytes: 256,
});
