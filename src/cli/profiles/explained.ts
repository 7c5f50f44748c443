/** A profile as its consequences: what reaches the agent, from where, and who else could read it. */
import { deliveryModeWords } from '../../core/delivery-modes.ts';
import { formatDuration } from '../../core/quantities.ts';
import { findUnmetDemands } from '../../profile/demands.ts';
import type { CredentialGrant, EnvironmentRules, Profile } from '../../profile/profile.ts';
import { findKeyOrigin, listSetKeys } from '../../profile/set-keys.ts';
import { findValue, formatSource, listKeys, type SourceTable } from '../../profile/source.ts';
import type { ResolvedProfile } from '../../profile/store.ts';
import type { ReferenceState } from '../look-up.ts';
import { formatKeyPath } from './phrases.ts';
import { findState, type StoredReferences } from './stored-references.ts';

export interface ExplainedCredential {
  readonly name: string;
  readonly from: string;
  /** null: no daemon was asked. */
  readonly stored: ReferenceState | null;
  readonly delivery: string;
  readonly grade: string;
  readonly readers: string;
  readonly release: string;
  /** Durations as they are written in a profile. */
  readonly cache: { readonly idle: string; readonly max: string } | null;
}

export interface ExplainedRule {
  readonly rule: string;
  readonly effect: string;
}

/** As `profile explain --json` prints it. */
export interface ExplainedProfile {
  readonly name: string;
  readonly description: string | null;
  readonly file: string;
  readonly files: readonly string[];
  readonly credentials: readonly ExplainedCredential[];
  readonly environment: readonly ExplainedRule[];
  readonly agent: readonly ExplainedRule[];
  readonly refused: readonly { readonly key: string; readonly rule: string }[];
  /** Of every key that is not a default. */
  readonly origins: readonly { readonly key: string; readonly file: string; readonly line: number }[];
}

export function describeProfile(resolved: ResolvedProfile, stored: StoredReferences): ExplainedProfile {
  const { profile, file, files } = resolved;
  return {
    name: profile.name,
    description: profile.description ?? null,
    file,
    files,
    credentials: [...profile.credentials].map(([name, grant]) => describeCredential(name, grant, stored)),
    environment: describeEnvironment(profile.environment),
    agent: describeAgent(profile),
    refused: findUnmetDemands(profile, { mode: 'user' }).map(({ path, rule }) => ({
      key: formatKeyPath(path),
      rule,
    })),
    origins: listKeys(listSetKeys(resolved)).flatMap((path) => {
      const origin = findKeyOrigin(resolved, path);
      return origin === undefined ? [] : [{ key: formatKeyPath(path), file: origin.file, line: origin.line }];
    }),
  };
}

function describeCredential(
  name: string,
  { from, deliver, release, cache }: CredentialGrant,
  stored: StoredReferences,
): ExplainedCredential {
  return {
    name,
    from,
    stored: findState(stored, from),
    delivery: deliver,
    grade: deliveryModeWords[deliver].grade,
    readers: deliveryModeWords[deliver].readers,
    release,
    cache:
      cache === undefined ? null : { idle: formatDuration(cache.idleMs), max: formatDuration(cache.maxMs) },
  };
}

const inheritance: Readonly<Record<EnvironmentRules['inherit'], string>> = {
  caller: 'everything of the caller reaches the agent',
  minimal: 'of the caller only a few harmless variables reach the agent',
  none: 'nothing of the caller reaches the agent',
};

/** In the order in which they take effect. Values of `set` stay in the file: `profile show` prints them. */
function describeEnvironment({ inherit, pass, unset, set }: EnvironmentRules): ExplainedRule[] {
  return [
    { rule: `inherit ${inherit}`, effect: inheritance[inherit] },
    ...pass.map((pattern) => ({ rule: `pass ${pattern}`, effect: 'reaches the agent too' })),
    ...unset.map((pattern) => ({ rule: `unset ${pattern}`, effect: 'never reaches the agent' })),
    ...[...set.keys()].map((name) => ({
      rule: `set ${name}`,
      effect: 'has the value that the profile gives',
    })),
  ];
}

function describeAgent(profile: Profile): ExplainedRule[] {
  const { agent, command, match } = profile;
  const source = formatSource(profile);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['selected by', match.length === 0 ? 'its name only' : match.join(', ')],
    ['command', command === undefined ? 'the caller names it' : command.join(' ')],
    ['account', agent.user ?? "the caller's"],
    ['directory', agent.cwd ?? "the caller's"],
    ['umask', findText(source, ['agent', 'umask']) ?? "the caller's"],
    ['open descriptors', findText(source, ['agent', 'limits', 'nofile']) ?? "the caller's limit"],
    ['core dump', findText(source, ['agent', 'limits', 'core']) ?? "the caller's limit"],
    ['memory', findText(source, ['agent', 'limits', 'memory'])],
    ['processes', findText(source, ['agent', 'limits', 'pids'])],
    ['may start', agent.mayRun.length === 0 ? 'nothing through agentkeys' : agent.mayRun.join(', ')],
    ['lease', agent.lease === 'leader' ? 'ends with its first process' : 'ends with its last process'],
    ['longest life', findText(source, ['limits', 'max_age'])],
    ['reads a minute', findText(source, ['limits', 'reads_per_minute'])],
  ];
  return rows.flatMap(([rule, effect]) => (effect === undefined ? [] : [{ rule, effect }]));
}

function findText(source: SourceTable, path: readonly string[]): string | undefined {
  const value = findValue(source, path);
  return value === undefined ? undefined : String(value);
}
