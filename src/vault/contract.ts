/** What the rest of the broker may ask of the vault. */
import type { AgentKeysError } from '../core/errors.ts';
import type { ServiceName } from '../core/ids.ts';

/** What is known of a stored credential without revealing it. All of it was authenticated with the value. */
export interface CredentialFacts {
  /** 1 at the first store, one more at each replace. */
  readonly version: number;
  /** Wall clock of the store, milliseconds since 1970. For people; decides nothing. */
  readonly updatedMs: number;
  /** Length of the value, 1 to 65535. */
  readonly byteLength: number;
}

/** Exactly one of `facts` and `refusal`: an entry that is refused hides no other. */
export interface ListedCredential {
  readonly service: ServiceName;
  readonly facts?: CredentialFacts;
  /** `VAULT_CORRUPT` or `STATE_UNSAFE`. */
  readonly refusal?: AgentKeysError;
  /** Wall clock of the last reveal, where one is known. For people; decides nothing. */
  readonly lastUsedMs?: number;
}

export interface Vault {
  /** Random, made once by `initialise`, not secret: `ak-` and 16 hex digits. Errors: as `open`. */
  readonly identity: string;

  /** Whether a header exists. Says nothing about whether it opens. */
  isPresent(): boolean;

  /**
   * Makes the vault if there is none, and opens it. A second call changes no byte on disk.
   * Errors: `VAULT_UNWRITABLE`, and those of `open`.
   */
  initialise(): Promise<{ readonly identity: string; readonly created: boolean }>;

  /**
   * Unwraps the data key into the arena; does nothing once that is done. Every other method calls it.
   * Errors: `VAULT_ABSENT`, `VAULT_CORRUPT`, `STATE_UNSAFE`, `SECRET_MEMORY`.
   */
  open(): void;

  /** undefined: no such credential. Errors: as `open`. */
  find(service: ServiceName): CredentialFacts | undefined;

  /**
   * Decrypts straight into `into`, whose length must be the `byteLength` of `find`; the caller owns and wipes it.
   * After any error `into` holds zeros or what it held before, never part of a value.
   * Errors: `CREDENTIAL_MISSING`, `CREDENTIAL_CHANGED` (another length by now), and those of `open`.
   */
  reveal(service: ServiceName, into: Uint8Array): void;

  /**
   * Seals `plain` (1 to 65535 bytes) before it returns, so that the caller may wipe it at once; resolves when the new version is
   * durable. Stores of one service happen one after another, in the order of the calls.
   * Errors: `CREDENTIAL_INVALID` (length), `CREDENTIAL_EXISTS` (without `replace`), `VAULT_UNWRITABLE`, and those of `open`.
   */
  store(
    service: ServiceName,
    plain: Uint8Array,
    options: { readonly replace: boolean },
  ): Promise<{ readonly version: number }>;

  /**
   * Unlinks the entry, sound or damaged, once `recorded` has resolved; what that throws is thrown, and nothing is removed. No store of
   * the service comes between. Resolves when the removal is durable.
   * Errors: `CREDENTIAL_MISSING`, `STATE_UNSAFE` (a link, or not ours), `VAULT_UNWRITABLE`, and those of `open`.
   */
  remove(service: ServiceName, recorded: () => Promise<void>): Promise<void>;

  /** By name, those behind `after`; each entry is looked at when its turn comes. Errors: as `open`. */
  list(after?: ServiceName): Iterable<ListedCredential>;

  /** Writes down what is known of last uses. Never rejects. */
  close(): Promise<void>;
}
