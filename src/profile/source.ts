/** A profile in the words of its file again: tables of plain values that parse to the same profile. */
import { formatByteSize, formatDuration } from '../core/quantities.ts';
import type { CredentialGrant, Profile } from './profile.ts';

export type SourceValue = string | number | readonly string[] | SourceTable;

export interface SourceTable {
  readonly [key: string]: SourceValue;
}

/** Every key that has a value, defaults included, but `extends`: its settings stand in the others. */
export function formatSource(profile: Profile): SourceTable {
  const { schema, name, description, match, allow, command } = profile;
  return keepDefined({
    schema,
    name,
    description,
    match,
    allow: allow && { users: allow.users, groups: allow.groups },
    command,
    credentials: Object.fromEntries(
      [...profile.credentials].map(([variable, grant]) => [variable, formatGrant(grant)]),
    ),
    environment: {
      inherit: profile.environment.inherit,
      pass: profile.environment.pass,
      unset: profile.environment.unset,
      set: Object.fromEntries(profile.environment.set),
    },
    agent: formatAgent(profile.agent),
    supervise: formatSupervision(profile.supervise),
    limits: formatLimits(profile.limits),
  });
}

function formatGrant({ from, deliver, release, cache }: CredentialGrant): SourceTable {
  return keepDefined({
    from,
    deliver,
    release,
    cache: cache && { idle: formatDuration(cache.idleMs), max: formatDuration(cache.maxMs) },
  });
}

function formatAgent({ user, cwd, umask, limits, mayRun, lease }: Profile['agent']): SourceTable {
  const { nofile, core, memoryBytes, pids } = limits;
  return keepDefined({
    user,
    cwd,
    umask: umask === undefined ? undefined : umask.toString(8).padStart(4, '0'),
    limits: keepDefined({
      nofile,
      core,
      memory: memoryBytes === undefined ? undefined : formatByteSize(memoryBytes),
      pids,
    }),
    may_run: mayRun,
    lease,
  });
}

function formatSupervision(supervise: Profile['supervise']): SourceTable {
  const { restart, backoff, maxStarts, stop, onRotation } = supervise;
  return {
    restart,
    backoff: { first: formatDuration(backoff.firstMs), max: formatDuration(backoff.maxMs) },
    max_starts: { count: maxStarts.count, within: formatDuration(maxStarts.withinMs) },
    stop: { signal: stop.signal, timeout: formatDuration(stop.timeoutMs) },
    on_rotation: onRotation,
  };
}

function formatLimits({ readsPerMinute, maxAgeMs }: Profile['limits']): SourceTable {
  return keepDefined({
    reads_per_minute: readsPerMinute,
    max_age: maxAgeMs === undefined ? undefined : formatDuration(maxAgeMs),
  });
}

function keepDefined(entries: Readonly<Record<string, SourceValue | undefined>>): SourceTable {
  const kept: Record<string, SourceValue> = {};
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) kept[key] = value;
  return kept;
}

/** What is not a table of further keys: a list is one value. */
export function isTable(value: SourceValue): value is SourceTable {
  return typeof value === 'object' && !Array.isArray(value);
}

export type KeyPath = readonly string[];

/** The table without the keys for which `isKept` is false, and without tables that are left empty. */
export function pickKeys(
  table: SourceTable,
  isKept: (path: KeyPath, value: SourceValue) => boolean,
  path: KeyPath = [],
): SourceTable {
  const kept: Record<string, SourceValue> = {};
  for (const [key, value] of Object.entries(table)) {
    const whole = [...path, key];
    if (!isTable(value)) {
      if (isKept(whole, value)) kept[key] = value;
      continue;
    }
    const inner = pickKeys(value, isKept, whole);
    if (Object.keys(inner).length > 0) kept[key] = inner;
  }
  return kept;
}

/** The value at the path; undefined: there is none. */
export function findValue(table: SourceTable, path: KeyPath): SourceValue | undefined {
  let value: SourceValue | undefined = table;
  for (const key of path) {
    if (value === undefined || !isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Every key that holds a value, in order. */
export function listKeys(table: SourceTable, path: KeyPath = []): KeyPath[] {
  return Object.entries(table).flatMap(([key, value]) =>
    isTable(value) ? listKeys(value, [...path, key]) : [[...path, key]],
  );
}
