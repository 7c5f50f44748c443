/** The file `key`: 32 random bytes that wrap the data key, moved between disk and locked memory by the kernel alone. */
import { aeadKeyByteLength, fillRandom } from '../secret/aead.ts';
import { writeAtomically } from './atomic-write.ts';
import { keyPath } from './paths.ts';
import { vaultCorrupt, vaultUnwritable } from './rules.ts';
import type { ScratchRegion, ScratchRegions } from './scratch.ts';
import { withScratch } from './scratch.ts';
import { useStateFile } from './state-file.ts';

/** Whether the file exists and may be used as far as owner and mode tell. Errors: `STATE_UNSAFE`. */
export function hasKeyFile(directory: string): boolean {
  return useStateFile(keyPath(directory), () => true) === true;
}

/** Makes the file durable, or leaves one that exists as it is. Errors: `VAULT_UNWRITABLE`, `SECRET_MEMORY`. */
export async function createKeyFile(directory: string, regions: ScratchRegions): Promise<void> {
  await writeAtomically({
    directory,
    name: keyPath(directory).name,
    mayReplace: false,
    fill: async (file) =>
      withScratch(regions, aeadKeyByteLength, (region) => {
        region.use((bytes) => fillRandom(bytes.subarray(0, aeadKeyByteLength)));
        writeKey(region, file.fd);
      }),
  });
}

/** Lends the key; it is wiped afterwards. Errors: `VAULT_CORRUPT` (missing, another size), `STATE_UNSAFE`, `SECRET_MEMORY`. */
export function withKeyFile<T>(
  directory: string,
  regions: ScratchRegions,
  callback: (key: Uint8Array) => T,
): T {
  const file = keyPath(directory);
  const lent = useStateFile(file, ({ fd, byteLength }) => {
    if (byteLength !== aeadKeyByteLength) throw vaultCorrupt(file.label, 'size');
    return withScratch(regions, aeadKeyByteLength, (region) => {
      readKey(region, fd, file.label);
      return { result: region.use((bytes) => callback(bytes.subarray(0, aeadKeyByteLength))) };
    });
  });
  if (lent === undefined) throw vaultCorrupt(file.label, 'keyMissing');
  return lent.result;
}

function readKey(region: ScratchRegion, fd: number, label: string): void {
  let filled = 0;
  while (filled < aeadKeyByteLength) {
    const count = region.readFrom(filled, fd);
    if (count <= 0) throw vaultCorrupt(label, 'size');
    filled += count;
  }
}

function writeKey(region: ScratchRegion, fd: number): void {
  let written = 0;
  while (written < aeadKeyByteLength) {
    const count = region.writeTo(written, aeadKeyByteLength - written, fd);
    if (count <= 0) throw vaultUnwritable();
    written += count;
  }
}
