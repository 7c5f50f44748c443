/** Makes the files of a new vault in an order that leaves nothing usable, or all of it, wherever it is cut short. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory, writeAll, writeAtomically } from './atomic-write.ts';
import { wrapNewDataKey } from './data-key.ts';
import { formatHeader } from './header.ts';
import { createKeyFile, hasKeyFile, withKeyFile } from './key-file.ts';
import { headerPath, vaultPath } from './paths.ts';
import { errnoCode, stateUnsafe, vaultCorrupt, vaultUnwritable } from './rules.ts';
import type { ScratchRegions } from './scratch.ts';
import { storedServices } from './sealed-entries.ts';
import { checkStateDirectory } from './state-file.ts';

/**
 * false: another process made one first. A key file without a header is what a crash leaves: it is used, never replaced.
 * Errors: `VAULT_UNWRITABLE`, `VAULT_CORRUPT` (credentials without a header: a new one could never open them), `STATE_UNSAFE`.
 */
export async function createVaultFiles(directory: string, regions: ScratchRegions): Promise<boolean> {
  await createDirectory(directory);
  if (!checkStateDirectory(vaultPath(directory))) throw stateUnsafe('vault', 'notDirectory');
  if (storedServices(directory).length > 0) throw vaultCorrupt(headerPath(directory).label, 'headerMissing');
  if (!hasKeyFile(directory)) await createKeyFile(directory, regions);
  const header = withKeyFile(directory, regions, (key) => formatHeader(wrapNewDataKey(regions, key)));
  const outcome = await writeAtomically({
    directory,
    name: headerPath(directory).name,
    mayReplace: false,
    fill: (file) => writeAll(file, header),
  });
  return outcome === 'written';
}

async function createDirectory(directory: string): Promise<void> {
  try {
    mkdirSync(directory, { mode: 0o700 });
    await syncDirectory(dirname(directory));
  } catch (cause) {
    // Whatever is there already is judged by its descriptor, not by this call.
    if (errnoCode(cause) !== 'EEXIST') throw vaultUnwritable(cause);
  }
}
