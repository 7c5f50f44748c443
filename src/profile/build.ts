/** From a checked source to the frozen `Profile`: texts become numbers and branded names here and nowhere else. */
import { parseProfileName, parseVariableName } from '../core/ids.ts';
import { findByteSize, findDurationMs } from '../core/quantities.ts';
import { freezeMap, freezeRecord } from '../toml/frozen.ts';
import type {
  AgentRules,
  CacheRule,
  CredentialGrant,
  DeliveryName,
  EnvironmentRules,
  Profile,
  SessionLimits,
  SupervisionRules,
} from './profile.ts';
import type { ProfileSource } from './schema.ts';

const defaultCache = { idle: '60s', max: '10m' } as const;

export function buildProfile(source: ProfileSource): Profile {
  const credentials = Object.entries(source.credentials).map(
    ([variable, credential]) => [parseVariableName(variable), parseGrant(credential)] as const,
  );
  const { allow, command, description } = source;
  return freezeRecord({
    schema: source.schema,
    name: parseProfileName(source.name),
    ...(description === undefined ? {} : { description }),
    extends: Object.freeze(source.extends.map(parseProfileName)),
    match: Object.freeze([...source.match]),
    ...(allow === undefined ? {} : { allow: freezeRecord(allow) }),
    ...(command === undefined ? {} : { command: Object.freeze([...command]) }),
    credentials: freezeMap(credentials),
    environment: buildEnvironment(source.environment),
    agent: buildAgent(source.agent),
    supervise: buildSupervision(source.supervise),
    limits: buildLimits(source.limits),
  });
}

/** The cast holds because `checkDelivery` has accepted the name. */
function parseGrant({
  from,
  deliver,
  release,
  cache,
}: ProfileSource['credentials'][string]): CredentialGrant {
  const grant = { from, deliver: deliver as DeliveryName, release };
  if (cache === false) return freezeRecord(grant);
  return freezeRecord({ ...grant, cache: buildCache(cache === true ? defaultCache : cache) });
}

function buildCache({ idle, max }: { readonly idle: string; readonly max: string }): CacheRule {
  return freezeRecord({ idleMs: requireDurationMs(idle), maxMs: requireDurationMs(max) });
}

function buildEnvironment({ inherit, pass, unset, set }: ProfileSource['environment']): EnvironmentRules {
  const variables = Object.entries(set).map(([name, value]) => [parseVariableName(name), value] as const);
  return freezeRecord({
    inherit,
    pass: Object.freeze([...pass]),
    unset: Object.freeze([...unset]),
    set: freezeMap(variables),
  });
}

function buildAgent({ user, cwd, umask, limits, may_run, lease }: ProfileSource['agent']): AgentRules {
  const { memory, nofile, core, pids } = limits;
  return freezeRecord({
    ...(user === undefined ? {} : { user }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(umask === undefined ? {} : { umask: Number.parseInt(umask, 8) }),
    limits: freezeRecord({
      ...(nofile === undefined ? {} : { nofile }),
      ...(core === undefined ? {} : { core }),
      ...(memory === undefined ? {} : { memoryBytes: require(findByteSize(memory)) }),
      ...(pids === undefined ? {} : { pids }),
    }),
    mayRun: Object.freeze(may_run.map(parseProfileName)),
    lease,
  });
}

function buildSupervision(source: ProfileSource['supervise']): SupervisionRules {
  const { restart, backoff, max_starts, stop, on_rotation } = source;
  return freezeRecord({
    restart,
    backoff: freezeRecord({
      firstMs: requireDurationMs(backoff.first),
      maxMs: requireDurationMs(backoff.max),
    }),
    maxStarts: freezeRecord({ count: max_starts.count, withinMs: requireDurationMs(max_starts.within) }),
    stop: freezeRecord({ signal: stop.signal, timeoutMs: requireDurationMs(stop.timeout) }),
    onRotation: on_rotation,
  });
}

function buildLimits({ reads_per_minute, max_age }: ProfileSource['limits']): SessionLimits {
  return freezeRecord({
    ...(reads_per_minute === undefined ? {} : { readsPerMinute: reads_per_minute }),
    ...(max_age === undefined ? {} : { maxAgeMs: requireDurationMs(max_age) }),
  });
}

function requireDurationMs(text: string): number {
  return require(findDurationMs(text));
}

/** The schema has refused what could be undefined here. */
function require(value: number | undefined): number {
  if (value === undefined) throw new TypeError('the schema let a quantity pass that is none');
  return value;
}
