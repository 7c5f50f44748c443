/** The contract of a backend: a kind of place that references point into. */
import type { Vault } from '../vault/contract.ts';

/** What a backend may be built from. A backend takes only what it needs. */
export interface BackendCollaborators {
  readonly vault: Pick<Vault, 'find' | 'reveal'>;
}

export interface Backend {
  readonly name: string;

  /**
   * How many bytes the value has, so that the caller can make a region for it; undefined: there is no such credential.
   * Errors: `BACKEND_LOCKED`, `BACKEND_DENIED`, `BACKEND_UNAVAILABLE`, `BACKEND_MALFORMED`; the vault's backend: those of the vault.
   */
  measure(path: string): Promise<number | undefined>;

  /**
   * Puts the value straight into `into`, which has exactly the measured length and belongs to the caller, who wipes it.
   * `into` must stay mapped until the promise settles. After an error it never holds part of a value.
   * Errors: as `measure`, `CREDENTIAL_MISSING`, and `CREDENTIAL_CHANGED` if the length is another by now.
   */
  revealInto(path: string, into: Uint8Array): Promise<void>;
}

/** One line of the registry: everything that is known of a kind of backend before one is built. */
export interface BackendDefinition {
  /** What stands before the colon of a reference; src/core/reference.ts knows the form of the rest. */
  readonly name: string;
  create(collaborators: BackendCollaborators): Backend;
}
