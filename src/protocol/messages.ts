/** What a frame's payload says: a hello, a request, an answer or an error. Bodies are checked by the request table. */
import { AgentKeysError } from '../core/errors.ts';
import { protocolVersion } from './limits.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface ClientHello {
  readonly protocol: number;
  /** Program and version, for the log only. */
  readonly client: string;
}

export interface ServerHello {
  readonly protocol: number;
  readonly version: string;
  readonly mode: 'user' | 'system';
}

export interface RequestMessage {
  /** Chosen by the client, 1 to 2^31-1, unique among its open requests. */
  readonly id: number;
  readonly verb: string;
  readonly body: JsonObject;
}

/** An error as it travels. `exit` is the status that the client ends with. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exit: number;
}

export type AnswerMessage =
  | { readonly kind: 'hello'; readonly hello: ServerHello }
  | { readonly kind: 'ok'; readonly id: number; readonly ok: JsonObject }
  /** Without an id the whole connection is refused. */
  | { readonly kind: 'error'; readonly id: number | undefined; readonly error: WireError };

const maxId = 2 ** 31 - 1;
const clientName = /^[a-z0-9._/-]{1,64}$/;

/** Hostile input enters here, from either side. Errors: `PROTOCOL_INVALID`; the parser's own message never leaves. */
export function parsePayload(payload: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
  } catch {
    // The parser quotes its input; only our own words go on.
    throw invalid('a frame is not JSON in UTF-8');
  }
  return requireObject(value, 'a frame is not an object');
}

/** Errors: `PROTOCOL_INVALID`, also for another version of the protocol. */
export function parseClientHello(message: JsonObject): ClientHello {
  requireKeys(message, ['hello']);
  const hello = requireObject(message.hello, 'the hello is not an object');
  requireKeys(hello, ['protocol', 'client']);
  const { protocol, client } = hello;
  if (protocol !== protocolVersion)
    throw invalid(`the daemon speaks version ${protocolVersion} of the protocol`);
  if (typeof client !== 'string' || !clientName.test(client))
    throw invalid('the hello does not name its client');
  return { protocol, client };
}

/** Errors: `PROTOCOL_INVALID`. */
export function parseRequest(message: JsonObject): RequestMessage {
  requireKeys(message, ['id', 'verb', 'body']);
  const { id, verb, body } = message;
  if (!isId(id)) throw invalid('a request has no usable id');
  if (typeof verb !== 'string') throw invalid('a request has no verb');
  return { id, verb, body: requireObject(body, 'the body of a request is not an object') };
}

/** What a client reads; a newer daemon may add fields. Errors: `PROTOCOL_INVALID`. */
export function parseAnswer(message: JsonObject): AnswerMessage {
  if (Object.hasOwn(message, 'hello')) return { kind: 'hello', hello: parseServerHello(message.hello) };
  const { id, ok, error } = message;
  if (Object.hasOwn(message, 'error')) {
    if (id !== undefined && !isId(id)) throw invalid('an error has no usable id');
    return { kind: 'error', id, error: parseWireError(error) };
  }
  if (!isId(id)) throw invalid('an answer has no usable id');
  return { kind: 'ok', id, ok: requireObject(ok, 'an answer is not an object') };
}

function parseServerHello(value: unknown): ServerHello {
  const { protocol, version, mode } = requireObject(value, 'the hello is not an object');
  if (protocol !== protocolVersion)
    throw invalid(`the client speaks version ${protocolVersion} of the protocol`);
  if (typeof version !== 'string' || (mode !== 'user' && mode !== 'system'))
    throw invalid('the hello does not name its daemon');
  return { protocol, version, mode };
}

function parseWireError(value: unknown): WireError {
  const { code, message, hint, exit } = requireObject(value, 'an error is not an object');
  if (
    typeof code !== 'string' ||
    typeof message !== 'string' ||
    typeof hint !== 'string' ||
    typeof exit !== 'number'
  ) {
    throw invalid('an error lacks a field');
  }
  return { code, message, hint, exit };
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxId;
}

function requireObject(value: unknown, rule: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(rule);
  return value as JsonObject;
}

function requireKeys(value: JsonObject, keys: readonly string[]): void {
  const found = Object.keys(value);
  if (found.length !== keys.length || !keys.every((key) => Object.hasOwn(value, key)))
    throw invalid('a field is unknown or missing');
}

function invalid(rule: string): AgentKeysError {
  return new AgentKeysError('PROTOCOL_INVALID', { rule });
}
