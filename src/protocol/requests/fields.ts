/** Fields that several requests share. */
import * as z from 'zod';
import { parseAgentId, parseProfileName, parseServiceName, parseSessionId } from '../../core/ids.ts';

/** A name out of bounds is `NAME_INVALID` and leaves the connection open: a person may have mistyped it. */
export const serviceField = z.string().transform((text) => parseServiceName(text));
export const profileField = z.string().transform((text) => parseProfileName(text));
export const agentIdField = z.string().transform((text) => parseAgentId(text));
export const sessionField = z.string().transform((text) => parseSessionId(text));
export const pidField = z.int().min(1);
