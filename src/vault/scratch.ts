/** Locked memory for the length of one call, wiped and unmapped however the call ends. */
import type { ScratchRegion, ScratchRegions } from './contract.ts';

/** Errors: `SECRET_MEMORY`, and what `callback` throws. */
export function withScratch<T>(
  regions: ScratchRegions,
  byteLength: number,
  callback: (region: ScratchRegion) => T,
): T {
  const region = regions.create(byteLength);
  try {
    return callback(region);
  } finally {
    region.wipe();
    region.drop();
  }
}

/** The same, as exactly `byteLength` bytes. */
export function withScratchBytes<T>(
  regions: ScratchRegions,
  byteLength: number,
  callback: (bytes: Uint8Array) => T,
): T {
  return withScratch(regions, byteLength, (region) =>
    region.use((bytes) => callback(bytes.subarray(0, byteLength))),
  );
}
