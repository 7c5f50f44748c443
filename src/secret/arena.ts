/** One region of locked memory, taken at boot, in which long-lived keys have their places. */
import { inspect } from 'node:util';
import { AgentKeysError } from '../core/errors.ts';
import { secretPlaceholder } from '../native/lent-bytes.ts';
import type { Region, Regions } from '../native/regions.ts';
import { wipeBytes } from './aead.ts';

/** Places start at multiples of this, so that no two share a cache line's worth of a key. */
const placeByteLength = 64;

export interface Arena {
  /** A zeroed place of `byteLength` bytes. Errors: `SECRET_MEMORY` when the arena is full; `INTERNAL` for no bytes, or after `wipe`. */
  allocate(byteLength: number): ArenaSlot;
  /** Zeroes everything and gives the memory back: every slot is over. Again does nothing. */
  wipe(): void;
}

/**
 * Takes the memory now, so that a later unlock cannot fail for want of it: the default fits a limit of 64 KiB.
 * The descriptor is closed at once: nobody can be handed the keys by mistake. Errors: `SECRET_MEMORY`, `INTERNAL`.
 */
export function createArena(deps: { readonly regions: Regions; readonly byteLength?: number }): Arena {
  const region = deps.regions.create(deps.byteLength ?? 65536);
  region.seal();
  const places = createPlaces(region.byteLength);
  return {
    allocate(byteLength) {
      const placed = places.take(byteLength);
      return new ArenaSlot({ region, ...placed, byteLength, giveBack: () => places.giveBack(placed) });
    },
    wipe() {
      region.wipe();
      region.drop();
    },
  };
}

/** A key's place. `wipe` ends it: a later use throws, and never works with zeros for a key. */
export class ArenaSlot {
  readonly #region: Region;
  readonly #offset: number;
  readonly #giveBack: () => void;
  #isOver = false;
  readonly byteLength: number;

  constructor(place: {
    readonly region: Region;
    readonly offset: number;
    readonly byteLength: number;
    readonly giveBack: () => void;
  }) {
    this.#region = place.region;
    this.#offset = place.offset;
    this.#giveBack = place.giveBack;
    this.byteLength = place.byteLength;
  }

  /** Lends exactly this place's bytes; the view is detached when this returns or throws. Errors: `INTERNAL` once wiped. */
  use<T>(callback: (bytes: Buffer) => T): T {
    if (this.#isOver) throw new AgentKeysError('INTERNAL', { where: 'use of a wiped key' });
    return this.#region.use((bytes) =>
      callback(bytes.subarray(this.#offset, this.#offset + this.byteLength)),
    );
  }

  /** Zeroes this place only and frees it for the next key. Again does nothing. */
  wipe(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#region.isOpen) return;
    this.#region.use((bytes) => wipeBytes(bytes.subarray(this.#offset, this.#offset + this.byteLength)));
    this.#giveBack();
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

interface Place {
  readonly offset: number;
  readonly roundedByteLength: number;
}

/** Who sits where: bump allocation, and places that were given back are taken again by the next one of their length. */
function createPlaces(capacity: number): { take(byteLength: number): Place; giveBack(place: Place): void } {
  const free: Place[] = [];
  let used = 0;
  return {
    take(byteLength) {
      if (!Number.isSafeInteger(byteLength) || byteLength < 1)
        throw new AgentKeysError('INTERNAL', { where: 'the length of a key' });
      const roundedByteLength = Math.ceil(byteLength / placeByteLength) * placeByteLength;
      const index = free.findIndex((place) => place.roundedByteLength === roundedByteLength);
      const [again] = index < 0 ? [] : free.splice(index, 1);
      if (again !== undefined) return again;
      if (roundedByteLength > capacity - used) throw new AgentKeysError('SECRET_MEMORY');
      const offset = used;
      used += roundedByteLength;
      return { offset, roundedByteLength };
    },
    giveBack(place) {
      free.push(place);
    },
  };
}
