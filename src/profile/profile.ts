/** What a checked profile is, as everything but the parser sees it. */
import type { ProfileName, VariableName } from '../core/ids.ts';

/** The modes that a profile can ask for; whether one exists is the caller's check. */
export type DeliveryName = 'env';

/** `approve`: a person must release the credential each time. */
export type ReleaseRule = 'auto' | 'approve';

export interface CredentialGrant {
  /** A reference such as `vault:openai`, never a value. */
  readonly from: string;
  readonly deliver: DeliveryName;
  readonly release: ReleaseRule;
}

/** How the agent's environment is made: inherited, then `pass` (with `minimal`), then `unset`, then `set`, then credentials. */
export interface EnvironmentRules {
  readonly inherit: 'caller' | 'minimal' | 'none';
  /** Names, each perhaps ending with one `*`. */
  readonly pass: readonly string[];
  readonly unset: readonly string[];
  readonly set: ReadonlyMap<VariableName, string>;
}

/** Deeply frozen, without prototypes, and shared between launches. */
export interface Profile {
  readonly schema: 1;
  readonly name: ProfileName;
  readonly description?: string;
  /** Names of commands that select this profile when none is given. */
  readonly match: readonly string[];
  /** The command when the caller gives none: at least one entry. */
  readonly command?: readonly string[];
  readonly credentials: ReadonlyMap<VariableName, CredentialGrant>;
  readonly environment: EnvironmentRules;
}

/** What only other parts know about the texts in a profile. */
export interface ProfileChecks {
  checkReference(text: string): boolean;
  checkDelivery(name: string): boolean;
}
