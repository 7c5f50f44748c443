/** `launch`: starts one agent; what runs comes over the control socket, what it is given from here. */
import * as z from 'zod';
import { defineRequest } from '../request.ts';
import { agentIdField, profileField } from './fields.ts';

const maxGrants = 256;

/** Descriptors, in this order: the control socket, the sealed launch context, and the profile's file if `profileFile` is given. */
export const launchRequest = defineRequest({
  name: 'launch',
  input: z.strictObject({
    profile: profileField.optional(),
    /** What messages call the file whose descriptor comes third. */
    profileFile: z.string().min(1).max(4096).optional(),
    agentId: agentIdField.optional(),
    /** SERVICE or SERVICE=NAME. */
    with: z.array(z.string().max(256)).max(maxGrants).default([]),
    /** NAME=REFERENCE. */
    env: z.array(z.string().max(4096)).max(maxGrants).default([]),
  }),
  /** Sent after the go; the client learns of its agent over the control socket. */
  output: z.strictObject({}),
  whoMayAsk: 'owner',
  insideSession: 'own',
  isAudited: true,
  maxBytes: 65_536,
  descriptors: { least: 2, most: 3 },
});
