/** What the rest of the broker may ask of the vault, and what the vault asks of locked memory. */
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

  /** By name. Errors: as `open`; one entry that is refused refuses the list, naming it. */
  list(): readonly (CredentialFacts & { readonly service: ServiceName })[];
}

/** Locked memory for a moment: the key file on its way to and from the disk, a value that is sealed a second time. */
export interface ScratchRegion {
  use<T>(callback: (bytes: Uint8Array) => T): T;
  /** read(2) into the region from `offset` on; 0 at end of file. */
  readFrom(offset: number, fd: number): number;
  /** write(2) from the region; may be short. */
  writeTo(offset: number, byteLength: number, fd: number): number;
  wipe(): void;
  drop(): void;
}

export interface ScratchRegions {
  /** At least `byteLength` bytes, zeroed. */
  create(byteLength: number): ScratchRegion;
}
