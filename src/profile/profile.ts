/** What a checked profile is, as everything but the parser sees it. */
import type { ProfileName, VariableName } from '../core/ids.ts';
import type { SignalName } from '../core/signals.ts';

/** The modes that a profile can ask for; whether one exists is the caller's check. */
export type DeliveryName = 'env';

/** `approve`: a person must release the credential each time. */
export type ReleaseRule = 'auto' | 'approve';

/** How long the daemon may keep a fetched value: since its last use, and at all. A permission, never a demand. */
export interface CacheRule {
  readonly idleMs: number;
  readonly maxMs: number;
}

export interface CredentialGrant {
  /** A reference such as `vault:openai`, never a value. */
  readonly from: string;
  readonly deliver: DeliveryName;
  readonly release: ReleaseRule;
  /** Absent: nothing is kept. */
  readonly cache?: CacheRule;
}

/** How the agent's environment is made: inherited, then `pass` (with `minimal`), then `unset`, then `set`, then credentials. */
export interface EnvironmentRules {
  readonly inherit: 'caller' | 'minimal' | 'none';
  /** Names, each perhaps ending with one `*`. */
  readonly pass: readonly string[];
  readonly unset: readonly string[];
  readonly set: ReadonlyMap<VariableName, string>;
}

/** Accounts of the machine that may use the profile; decides in system mode only. */
export interface AdmittedCallers {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Absent: the caller's own. */
export interface ResourceLimits {
  /** Open descriptors, soft and hard. */
  readonly nofile?: number;
  /** Bytes of a core dump, soft and hard. */
  readonly core?: number;
  /** Of the whole session; needs a delegated cgroup. */
  readonly memoryBytes?: number;
  /** Processes of the whole session; needs a delegated cgroup. */
  readonly pids?: number;
}

export interface AgentRules {
  /** An account of the machine; system mode only. */
  readonly user?: string;
  /** Absolute. Absent: the caller's. */
  readonly cwd?: string;
  /** Absent: the caller's. */
  readonly umask?: number;
  readonly limits: ResourceLimits;
  /** Profiles that the agent may ask for itself. */
  readonly mayRun: readonly ProfileName[];
  readonly lease: 'leader' | 'tree';
}

/** For `up`. */
export interface SupervisionRules {
  readonly restart: 'never' | 'on-failure' | 'always';
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  readonly maxStarts: { readonly count: number; readonly withinMs: number };
  readonly stop: { readonly signal: SignalName; readonly timeoutMs: number };
  readonly onRotation: 'none' | 'restart' | 'refresh' | `signal:${SignalName}`;
}

/** Absent: no limit of this profile's own. */
export interface SessionLimits {
  readonly readsPerMinute?: number;
  /** The session ends then. */
  readonly maxAgeMs?: number;
}

/** Deeply frozen, without prototypes, and shared between launches. */
export interface Profile {
  readonly schema: 1;
  readonly name: ProfileName;
  readonly description?: string;
  /** What this one was built upon, left to right; their settings stand in the fields below already. */
  readonly extends: readonly ProfileName[];
  /** Names of commands that select this profile when none is given. */
  readonly match: readonly string[];
  /** Absent: nobody in system mode. */
  readonly allow?: AdmittedCallers;
  /** The command when the caller gives none: at least one entry. */
  readonly command?: readonly string[];
  readonly credentials: ReadonlyMap<VariableName, CredentialGrant>;
  readonly environment: EnvironmentRules;
  readonly agent: AgentRules;
  readonly supervise: SupervisionRules;
  readonly limits: SessionLimits;
}

/** What only other parts know about the texts in a profile. */
export interface ProfileChecks {
  checkReference(text: string): boolean;
  checkDelivery(name: string): boolean;
}
