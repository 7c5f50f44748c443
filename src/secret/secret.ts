/** The only container for one credential's bytes: create, use within a callback, wipe; prints as a placeholder. */
import { inspect } from 'node:util';
import { secretPlaceholder } from '../native/lent-bytes.ts';
import type { Region, Regions } from '../native/regions.ts';

/**
 * Allocates, lets `fill` write exactly `byteLength` bytes, and returns their container; whoever asked wipes it.
 * If `fill` throws, what it wrote is wiped. Errors: `SECRET_MEMORY`, `INTERNAL` (also for no bytes), and those of `fill`.
 */
export function createSecret(regions: Regions, byteLength: number, fill: (bytes: Buffer) => void): Secret {
  const region = regions.create(byteLength);
  // Sealed at once: a secret stays in this process. What an agent gets travels in a region of its own.
  region.seal();
  const secret = new Secret(region, byteLength);
  try {
    secret.use(fill);
  } catch (error) {
    secret.wipe();
    throw error;
  }
  return secret;
}

/** Takes over `region`, whose first `byteLength` bytes are the value. */
export class Secret {
  readonly #region: Region;
  readonly byteLength: number;

  constructor(region: Region, byteLength: number) {
    this.#region = region;
    this.byteLength = byteLength;
  }

  /** Lends exactly the value's bytes; the view is detached when this returns or throws. Errors: `INTERNAL` once wiped. */
  use<T>(callback: (bytes: Buffer) => T): T {
    return this.#region.use((bytes) => callback(bytes.subarray(0, this.byteLength)));
  }

  /** Zeroes, unmaps and closes. Again does nothing. */
  wipe(): void {
    this.#region.wipe();
    this.#region.drop();
  }

  toString(): string {
    return secretPlaceholder;
  }

  toJSON(): string {
    return secretPlaceholder;
  }

  [inspect.custom](): string {
    return secretPlaceholder;
  }
}
