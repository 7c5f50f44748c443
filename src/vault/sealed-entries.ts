/** Reads and seals the entries of one open vault; keeps what it learned about a file for as long as the file stays as it is. */
import { readdirSync } from 'node:fs';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import { parseServiceName, type ServiceName } from '../core/ids.ts';
import { aeadNonceByteLength, openInto, randomBytes, sealInto } from '../secret/aead.ts';
import type { CredentialFacts } from './contract.ts';
import {
  type Entry,
  type EntryIdentity,
  formatEntryStart,
  maxEntryByteLength,
  minEntryByteLength,
  parseEntry,
} from './entry.ts';
import { entryPath, entrySuffix, vaultPath } from './paths.ts';
import { vaultCorrupt } from './rules.ts';
import type { ScratchRegions } from './scratch.ts';
import { withScratchBytes } from './scratch.ts';
import { checkStateDirectory, findStamp, readWhole, useStateFile } from './state-file.ts';

/** An open vault: its id, and its data key for the length of a call. */
export interface VaultKey {
  readonly vaultId: Buffer;
  use<T>(callback: (key: Uint8Array) => T): T;
}

/** What an entry says of itself; the vault it belongs to is the key's. */
export type SealFacts = Omit<EntryIdentity, 'vaultId'>;

/** A whole entry file, ready to be written. */
export interface SealedEntry extends SealFacts {
  readonly bytes: Buffer;
}

/** Errors of the methods: as in the contract of the vault. */
export class SealedEntries {
  readonly #directory: string;
  readonly #regions: ScratchRegions;
  readonly #key: VaultKey;
  readonly #known = new Map<ServiceName, { readonly stamp: string; readonly facts: CredentialFacts }>();

  constructor(deps: {
    readonly directory: string;
    readonly regions: ScratchRegions;
    readonly key: VaultKey;
  }) {
    this.#directory = deps.directory;
    this.#regions = deps.regions;
    this.#key = deps.key;
  }

  find(service: ServiceName): CredentialFacts | undefined {
    const stamp = findStamp(entryPath(this.#directory, service));
    if (stamp === undefined) {
      this.#known.delete(service);
      return undefined;
    }
    const remembered = this.#known.get(service);
    if (remembered?.stamp === stamp) return remembered.facts;
    // Facts that nobody has authenticated would be believed by whoever lays out memory by them.
    return this.#read(service, (entry) =>
      withScratchBytes(this.#regions, entry.byteLength, (scratch) => this.#requireOpened(entry, scratch)),
    );
  }

  reveal(service: ServiceName, into: Uint8Array): void {
    const facts = this.#read(service, (entry) => {
      if (entry.byteLength !== into.byteLength) throw new AgentKeysError('CREDENTIAL_CHANGED', { service });
      this.#requireOpened(entry, into);
    });
    if (facts === undefined) throw new AgentKeysError('CREDENTIAL_MISSING', { service });
  }

  seal(facts: SealFacts, plain: Uint8Array): SealedEntry {
    const nonce = randomBytes(aeadNonceByteLength);
    const associated = formatEntryStart({ ...facts, vaultId: this.#key.vaultId }, nonce);
    const cipher = this.#key.use((key) => sealInto({ plain, key, nonce, associated }));
    return { ...facts, bytes: Buffer.concat([associated, cipher]) };
  }

  /** The same value under another version; it is in locked memory in between. */
  sealAgain(sealed: SealedEntry, version: number): SealedEntry {
    const { service, updatedMs } = sealed;
    const entry = this.#parse(sealed.bytes, service);
    return withScratchBytes(this.#regions, entry.byteLength, (scratch) => {
      this.#requireOpened(entry, scratch);
      return this.seal({ service, version, updatedMs }, scratch);
    });
  }

  #read(service: ServiceName, open: (entry: Entry) => void): CredentialFacts | undefined {
    const file = entryPath(this.#directory, service);
    checkStateDirectory(vaultPath(this.#directory));
    return useStateFile(file, (opened) => {
      const bounds = { minBytes: minEntryByteLength, maxBytes: maxEntryByteLength };
      const entry = this.#parse(readWhole(opened, file.label, bounds), service);
      open(entry);
      const { version, updatedMs, byteLength } = entry;
      const facts = { version, updatedMs, byteLength };
      this.#known.set(service, { stamp: opened.stamp, facts });
      return facts;
    });
  }

  #parse(bytes: Buffer, service: ServiceName): Entry {
    const file = entryPath(this.#directory, service).label;
    return parseEntry(bytes, { vaultId: this.#key.vaultId, service, file });
  }

  #requireOpened(entry: Entry, into: Uint8Array): void {
    const { associated, nonce, cipher, service } = entry;
    const isAuthentic = this.#key.use((key) => openInto({ cipher, key, nonce, associated, into }));
    if (!isAuthentic) throw vaultCorrupt(entryPath(this.#directory, service).label, 'authentic');
  }
}

/** The services that have a file here, by name. A file whose name no credential can have is not an entry: nothing can ask for it. */
export function storedServices(directory: string): ServiceName[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(entrySuffix))
    .flatMap((name) => findServiceName(name.slice(0, -entrySuffix.length)))
    .sort();
}

function findServiceName(text: string): ServiceName[] {
  try {
    return [parseServiceName(text)];
  } catch (error) {
    if (isAgentKeysError(error)) return [];
    throw error;
  }
}
