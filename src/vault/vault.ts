/** The embedded store: one directory, one header, one key file, one sealed file per credential. */
import type { Clock } from '../core/clock.ts';
import { AgentKeysError } from '../core/errors.ts';
import type { ServiceName } from '../core/ids.ts';
import type { Arena } from '../secret/arena.ts';
import { writeAll, writeAtomically } from './atomic-write.ts';
import type { CredentialFacts, ScratchRegions, Vault } from './contract.ts';
import { maxValueByteLength, maxVersion } from './entry.ts';
import { formatIdentity } from './header.ts';
import { createVaultFiles } from './initialise.ts';
import { openVaultKey } from './open.ts';
import { entryPath, headerPath, vaultPath } from './paths.ts';
import { stateUnsafe, versionsUsedUp } from './rules.ts';
import { SealedEntries, type SealedEntry, storedServices } from './sealed-entries.ts';
import { checkStateDirectory, findStamp } from './state-file.ts';
import { createTurns } from './turns.ts';

export interface VaultCollaborators {
  /** `<state>/vault`. */
  readonly directory: string;
  readonly clock: Clock;
  /** Keeps the data key for as long as the process lives. */
  readonly arena: Arena;
  readonly regions: ScratchRegions;
}

/** One per directory and process; the daemon's lock sees to it that there is one process. Nothing is read before a method is called. */
export function createVault(collaborators: VaultCollaborators): Vault {
  return new EmbeddedVault(collaborators);
}

class EmbeddedVault implements Vault {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #regions: ScratchRegions;
  readonly #arena: Arena;
  readonly #storeTurns = createTurns();
  readonly #initialiseTurns = createTurns();
  #opened: { readonly identity: string; readonly entries: SealedEntries } | undefined;

  constructor(collaborators: VaultCollaborators) {
    this.#directory = collaborators.directory;
    this.#clock = collaborators.clock;
    this.#regions = collaborators.regions;
    this.#arena = collaborators.arena;
  }

  get identity(): string {
    return this.#requireOpened().identity;
  }

  isPresent(): boolean {
    return findStamp(headerPath(this.#directory)) !== undefined;
  }

  initialise(): Promise<{ readonly identity: string; readonly created: boolean }> {
    return this.#initialiseTurns.take('', async () => {
      const created = this.isPresent() ? false : await createVaultFiles(this.#directory, this.#regions);
      return { identity: this.identity, created };
    });
  }

  open(): void {
    this.#requireOpened();
  }

  find(service: ServiceName): CredentialFacts | undefined {
    return this.#requireOpened().entries.find(service);
  }

  reveal(service: ServiceName, into: Uint8Array): void {
    this.#requireOpened().entries.reveal(service, into);
  }

  async store(service: ServiceName, plain: Uint8Array, options: { readonly replace: boolean }) {
    const { entries } = this.#requireOpened();
    requireStorable(service, plain);
    // INVARIANT: `plain` is read before the first await; afterwards it is the caller's to wipe.
    const expected = nextVersion(service, entries.find(service), options.replace);
    const early = entries.seal(
      { service, version: expected, updatedMs: Math.trunc(this.#clock.nowMs()) },
      plain,
    );
    return this.#storeTurns.take(service, async () => {
      const version = nextVersion(service, entries.find(service), options.replace);
      const sealed = version === early.version ? early : entries.sealAgain(early, version);
      await writeEntry(this.#directory, sealed, options.replace);
      return { version };
    });
  }

  list(): readonly (CredentialFacts & { readonly service: ServiceName })[] {
    const { entries } = this.#requireOpened();
    return storedServices(this.#directory).flatMap((service) => {
      const facts = entries.find(service);
      // Removed between the two looks: no longer stored.
      return facts === undefined ? [] : [{ service, ...facts }];
    });
  }

  #requireOpened() {
    if (this.#opened !== undefined) return this.#opened;
    const place = { directory: this.#directory, regions: this.#regions };
    const key = openVaultKey({ ...place, arena: this.#arena });
    const entries = new SealedEntries({ ...place, key });
    this.#opened = { identity: formatIdentity(key.vaultId), entries };
    return this.#opened;
  }
}

async function writeEntry(directory: string, { service, bytes }: SealedEntry, mayReplace: boolean) {
  if (!checkStateDirectory(vaultPath(directory))) throw stateUnsafe('vault', 'notDirectory');
  const outcome = await writeAtomically({
    directory,
    name: entryPath(directory, service).name,
    mayReplace,
    fill: (file) => writeAll(file, bytes),
  });
  if (outcome === 'exists') throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
}

function nextVersion(
  service: ServiceName,
  current: CredentialFacts | undefined,
  mayReplace: boolean,
): number {
  if (current === undefined) return 1;
  if (!mayReplace) throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
  if (current.version >= maxVersion) throw versionsUsedUp();
  return current.version + 1;
}

function requireStorable(service: ServiceName, plain: Uint8Array): void {
  if (plain.byteLength === 0)
    throw new AgentKeysError('CREDENTIAL_INVALID', { service, rule: 'it is empty' });
  if (plain.byteLength > maxValueByteLength) {
    throw new AgentKeysError('CREDENTIAL_INVALID', { service, rule: 'it is longer than 65535 bytes' });
  }
}
