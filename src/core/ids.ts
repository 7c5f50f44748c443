/** Branded names and numbers. Each is built only by its parse function, so a value of the type has been checked. */
import { AgentKeysError } from './errors.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type ServiceName = Brand<string, 'ServiceName'>;
export type ProfileName = Brand<string, 'ProfileName'>;
export type AgentId = Brand<string, 'AgentId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type VariableName = Brand<string, 'VariableName'>;
export type Uid = Brand<number, 'Uid'>;
export type Pid = Brand<number, 'Pid'>;

/** Names of credentials, profiles and agents are also file names: lower case, no dot first, at most 64 bytes. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const SESSION = /^[0-9a-f]{16}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

type Fault = readonly [RegExp, string];
const empty: Fault = [/^$/, 'it is empty'];
/** What is wrong with a name that its pattern refuses: the first that applies. */
const faults: ReadonlyMap<RegExp, readonly Fault[]> = new Map([
  [
    NAME,
    [
      empty,
      [/^[.]/, 'it begins with a dot'],
      [/^-/, 'it begins with a dash'],
      [/^_/, 'it begins with an underscore'],
      [/[/]/, 'it has a slash'],
      [/[A-Z]/, 'it has an upper-case letter'],
      [/[^a-z0-9._-]/, 'it has a character that no name may have'],
      [/.{65}/, 'it has more than 64 characters'],
    ],
  ],
  [SESSION, [[/^/, 'it is not sixteen hexadecimal digits in lower case']]],
  [
    VARIABLE,
    [
      empty,
      [/^[0-9]/, 'it begins with a digit'],
      [/[^A-Za-z0-9_]/, 'it has a character that is no letter, digit or underscore'],
      [/.{129}/, 'it has more than 128 characters'],
    ],
  ],
]);

/** Errors: `NAME_INVALID`. The rejected text is shown only as its kind and the rule that it broke: a person may have typed a value there. */
export function parseServiceName(text: string): ServiceName {
  return requireMatch(NAME, text, 'service name') as ServiceName;
}

/** Errors: `NAME_INVALID`. */
export function parseProfileName(text: string): ProfileName {
  return requireMatch(NAME, text, 'profile name') as ProfileName;
}

/** Errors: `NAME_INVALID`. */
export function parseAgentId(text: string): AgentId {
  return requireMatch(NAME, text, 'agent id') as AgentId;
}

/** Sixteen lower-case hex digits, one per run. Errors: `NAME_INVALID`. */
export function parseSessionId(text: string): SessionId {
  return requireMatch(SESSION, text, 'session id') as SessionId;
}

/** An environment variable's name, at most 128 bytes. Errors: `NAME_INVALID`. */
export function parseVariableName(text: string): VariableName {
  return requireMatch(VARIABLE, text, 'variable name') as VariableName;
}

/** The variable that `--with SERVICE` means: `openai` → OPENAI_API_KEY. */
export function defaultVariable(service: ServiceName): string {
  return `${service.toUpperCase().replace(/[-.]/g, '_')}_API_KEY`;
}

/** Errors: `NAME_INVALID`. */
export function parseUid(value: number): Uid {
  return requireWhole(value, 0, 'uid') as Uid;
}

/** Errors: `NAME_INVALID`. Zero and below are never a process: signalling them reaches groups. */
export function parsePid(value: number): Pid {
  return requireWhole(value, 1, 'pid') as Pid;
}

function requireMatch(pattern: RegExp, text: string, kind: string): string {
  if (pattern.test(text)) return text;
  throw new AgentKeysError('NAME_INVALID', { kind, rule: findFault(text, faults.get(pattern) ?? []) });
}

function findFault(text: string, known: readonly Fault[]): string {
  return known.find(([pattern]) => pattern.test(text))?.[1] ?? 'it has a character that no name may have';
}

function requireWhole(value: number, least: number, kind: string): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new AgentKeysError('NAME_INVALID', { kind, rule: `it is no whole number from ${least} upwards` });
}
