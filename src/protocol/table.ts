/** The request table: what a client may ask. What does not stand here is refused. */
import type * as z from 'zod';
import { AgentKeysError } from '../core/errors.ts';
import type { JsonObject } from './messages.ts';
import type { RequestDefinition } from './request.ts';
import { initRequest } from './requests/init.ts';
import { launchRequest } from './requests/launch.ts';
import { listRequest } from './requests/list.ts';
import { lookUpRequest } from './requests/look-up.ts';
import { psRequest } from './requests/ps.ts';
import { readFinishRequest, readRequest } from './requests/read.ts';
import { removeRequest } from './requests/remove.ts';
import { statusRequest } from './requests/status.ts';
import { stopRequest } from './requests/stop.ts';
import { storeAbortRequest, storeCommitRequest, storeRequest } from './requests/store.ts';

export const requestTable = {
  init: initRequest,
  launch: launchRequest,
  list: listRequest,
  'look-up': lookUpRequest,
  ps: psRequest,
  read: readRequest,
  'read-finish': readFinishRequest,
  remove: removeRequest,
  status: statusRequest,
  stop: stopRequest,
  store: storeRequest,
  'store-abort': storeAbortRequest,
  'store-commit': storeCommitRequest,
} as const;

type Table = typeof requestTable;

export type RequestName = keyof Table;
/** Requests that another one opened. */
export type ContinuationName = {
  [Name in RequestName]: Table[Name] extends { continues: string } ? Name : never;
}[RequestName];
export type OpeningName = Exclude<RequestName, ContinuationName>;

/** What a client gives. */
export type RequestInput<Name extends RequestName> = z.input<Table[Name]['input']>;
/** What a handler receives. */
export type RequestBody<Name extends RequestName> = z.output<Table[Name]['input']>;
export type RequestResult<Name extends RequestName> = z.output<Table[Name]['output']>;

/** The row of a verb, undefined for a verb that does not exist. */
export function findRequest(
  verb: string,
): { readonly name: RequestName; readonly definition: RequestDefinition } | undefined {
  if (!Object.hasOwn(requestTable, verb)) return undefined;
  const name = verb as RequestName;
  return { name, definition: requestTable[name] };
}

/** Errors: `PROTOCOL_INVALID` for an unknown field or a wrong type, `NAME_INVALID`. The value is never in the message. */
export function parseRequestBody<Name extends RequestName>(name: Name, body: JsonObject): RequestBody<Name> {
  const parsed = requestTable[name].input.safeParse(body);
  if (!parsed.success)
    throw new AgentKeysError('PROTOCOL_INVALID', { rule: `the body of ${name} does not fit its schema` });
  return parsed.data as RequestBody<Name>;
}
