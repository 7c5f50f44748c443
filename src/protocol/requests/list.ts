/** `list`: what the vault holds, in pages; names and times, no values. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';
import { serviceField } from './fields.ts';

/** RFC 3339, UTC, milliseconds. */
const time = z.string();

export const credentialRow = z.strictObject({
  service: z.string(),
  /** null: the entry is damaged, and `code` says how. */
  version: z.int().min(1).nullable(),
  updated: time.nullable(),
  /** null: not since the credential was stored, as far as is known. */
  last_used: time.nullable(),
  code: z.string().optional(),
});

export type CredentialRow = z.infer<typeof credentialRow>;

export const listRequest = defineRequest({
  name: 'list',
  /** `after`: the `next` of the page before. */
  input: z.strictObject({ after: serviceField.optional() }),
  /** Ordered by service; without `next` the page is the last. */
  output: z.strictObject({ credentials: z.array(credentialRow), next: z.string().optional() }),
  whoMayAsk: 'owner',
  insideSession: 'refused',
  isAudited: false,
  maxBytes: 256,
});
