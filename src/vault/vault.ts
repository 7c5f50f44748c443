/** The embedded store: one directory, one header, one key file, one sealed file per credential. */
import type { Clock } from '../core/clock.ts';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import type { ServiceName } from '../core/ids.ts';
import type { Arena } from '../secret/arena.ts';
import { removeDurably, writeAll, writeAtomically } from './atomic-write.ts';
import type { CredentialFacts, ListedCredential, Vault } from './contract.ts';
import { maxValueByteLength, maxVersion } from './entry.ts';
import { formatIdentity } from './header.ts';
import { createVaultFiles } from './initialise.ts';
import { LastUsed } from './last-used.ts';
import { openVaultKey } from './open.ts';
import { entryPath, headerPath, vaultPath } from './paths.ts';
import { stateUnsafe, versionsUsedUp } from './rules.ts';
import type { ScratchRegions } from './scratch.ts';
import { SealedEntries, type SealedEntry, storedServices } from './sealed-entries.ts';
import { checkRemovable, checkStateDirectory, findStamp } from './state-file.ts';
import { createTurns } from './turns.ts';

export interface VaultCollaborators {
  /** `<state>/vault`. */
  readonly directory: string;
  readonly clock: Clock;
  /** Keeps the data key for as long as the process lives. */
  readonly arena: Arena;
  readonly regions: ScratchRegions;
  /** The operator's: hears of what refuses nothing. */
  readonly log?: { warn(event: string): void };
}

/** One per directory and process; the daemon's lock sees to it that there is one process. Nothing is read before a method is called. */
export function createVault(collaborators: VaultCollaborators): Vault {
  return new EmbeddedVault(collaborators);
}

interface Opened {
  readonly identity: string;
  readonly entries: SealedEntries;
  readonly lastUsed: LastUsed;
}

class EmbeddedVault implements Vault {
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #regions: ScratchRegions;
  readonly #arena: Arena;
  readonly #warn: (event: string) => void;
  readonly #storeTurns = createTurns();
  readonly #initialiseTurns = createTurns();
  #opened: Opened | undefined;

  constructor(collaborators: VaultCollaborators) {
    this.#directory = collaborators.directory;
    this.#clock = collaborators.clock;
    this.#regions = collaborators.regions;
    this.#arena = collaborators.arena;
    this.#warn = (event) => collaborators.log?.warn(event);
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
    const { entries, lastUsed } = this.#requireOpened();
    entries.reveal(service, into);
    lastUsed.note(service);
  }

  async store(service: ServiceName, plain: Uint8Array, options: { readonly replace: boolean }) {
    const { entries, lastUsed } = this.#requireOpened();
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
      if (version === 1) lastUsed.forget(service);
      return { version };
    });
  }

  async remove(service: ServiceName, recorded: () => Promise<void>): Promise<void> {
    const { lastUsed } = this.#requireOpened();
    const file = entryPath(this.#directory, service);
    await this.#storeTurns.take(service, async () => {
      requireDirectory(this.#directory);
      if (!checkRemovable(file)) throw new AgentKeysError('CREDENTIAL_MISSING', { service });
      await recorded();
      await removeDurably(this.#directory, file.name);
      lastUsed.forget(service);
    });
  }

  list(after?: ServiceName): Iterable<ListedCredential> {
    const opened = this.#requireOpened();
    requireDirectory(this.#directory);
    return this.#rows(opened, after);
  }

  async close(): Promise<void> {
    await this.#opened?.lastUsed.close();
  }

  *#rows({ entries, lastUsed }: Opened, after: ServiceName | undefined): Generator<ListedCredential> {
    for (const service of storedServices(this.#directory)) {
      if (after !== undefined && service <= after) continue;
      const found = findListed(entries, service);
      // Removed between the two looks: no longer stored.
      if (found === undefined) continue;
      const lastUsedMs = lastUsed.find(service);
      yield { service, ...found, ...(lastUsedMs === undefined ? {} : { lastUsedMs }) };
    }
  }

  #requireOpened(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    const place = { directory: this.#directory, regions: this.#regions };
    const key = openVaultKey({ ...place, arena: this.#arena });
    const entries = new SealedEntries({ ...place, key });
    const lastUsed = new LastUsed({ directory: this.#directory, clock: this.#clock, warn: this.#warn });
    this.#opened = { identity: formatIdentity(key.vaultId), entries, lastUsed };
    return this.#opened;
  }
}

/** What is known of one entry, or why it is refused. Any other failure is of the whole vault. */
function findListed(
  entries: SealedEntries,
  service: ServiceName,
): Pick<ListedCredential, 'facts' | 'refusal'> | undefined {
  try {
    const facts = entries.find(service);
    return facts === undefined ? undefined : { facts };
  } catch (error) {
    if (isAgentKeysError(error) && (error.code === 'VAULT_CORRUPT' || error.code === 'STATE_UNSAFE'))
      return { refusal: error };
    throw error;
  }
}

function requireDirectory(directory: string): void {
  if (!checkStateDirectory(vaultPath(directory))) throw stateUnsafe('vault', 'notDirectory');
}

async function writeEntry(directory: string, { service, bytes }: SealedEntry, mayReplace: boolean) {
  requireDirectory(directory);
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
