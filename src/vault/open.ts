/** Opens a vault: header, key file, data key. Everything that a later call believes of them is checked here. */
import { AgentKeysError } from '../core/errors.ts';
import { aeadKeyByteLength } from '../secret/aead.ts';
import type { Arena } from '../secret/arena.ts';
import { removeLeftovers } from './atomic-write.ts';
import { unwrapDataKey } from './data-key.ts';
import { type Header, headerByteLength, parseHeader } from './header.ts';
import { withKeyFile } from './key-file.ts';
import { headerPath, vaultPath } from './paths.ts';
import { vaultCorrupt } from './rules.ts';
import type { ScratchRegions } from './scratch.ts';
import type { VaultKey } from './sealed-entries.ts';
import { checkStateDirectory, readWhole, useStateFile } from './state-file.ts';

/** The data key stays in the arena from here on; after an error nothing of it does. Errors: as `open` of the contract. */
export function openVaultKey(deps: {
  readonly directory: string;
  readonly regions: ScratchRegions;
  readonly arena: Arena;
}): VaultKey {
  const { directory, regions, arena } = deps;
  const header = readHeader(directory);
  const slot = arena.allocate(aeadKeyByteLength);
  try {
    const isAuthentic = withKeyFile(directory, regions, (key) =>
      slot.use((into) => unwrapDataKey(header, key, into)),
    );
    if (!isAuthentic) throw vaultCorrupt(headerPath(directory).label, 'authentic');
    removeLeftovers(directory);
  } catch (error) {
    slot.wipe();
    throw error;
  }
  return { vaultId: header.vaultId, use: (callback) => slot.use(callback) };
}

function readHeader(directory: string): Header {
  const file = headerPath(directory);
  const bytes =
    checkStateDirectory(vaultPath(directory)) &&
    useStateFile(file, (opened) =>
      readWhole(opened, file.label, { minBytes: headerByteLength, maxBytes: headerByteLength }),
    );
  if (!bytes) throw new AgentKeysError('VAULT_ABSENT');
  return parseHeader(bytes, file.label);
}
