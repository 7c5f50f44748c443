/** Locked memory for the length of one call, wiped and unmapped however the call ends. */

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
