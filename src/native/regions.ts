/** Secret regions: locked pages outside every JavaScript heap, with their life in the caller's hands. */
import { constants } from 'node:os';
import { inspect, types } from 'node:util';
import { AgentKeysError, toAgentKeysError } from '../core/errors.ts';
import type { Addon, RegionHandle } from './addon.ts';
import { lendBytes, secretPlaceholder } from './lent-bytes.ts';
import { isNativeError } from './native-error.ts';

/** `secretmem`: unreadable from outside, even for root. `locked`: the fallback, readable by whoever may trace this process. */
export type RegionKind = 'secretmem' | 'locked';

/** Makes regions. Whoever creates one wipes and drops it. */
export interface Regions {
  /**
   * Zeroed whole pages with room for `byteLength` bytes (1 to 64 MiB).
   * Errors: `SECRET_MEMORY` at the limit of locked memory; `INTERNAL`.
   */
  create(byteLength: number): Region;
}

/** `forceFallback`: never memfd_secret. For tests, and for showing what an older kernel gives. */
export function createRegions(deps: { readonly addon: Addon; readonly forceFallback?: boolean }): Regions {
  const { addon, forceFallback = false } = deps;
  return {
    create(byteLength) {
      try {
        return new Region(addon, addon.regionCreate(byteLength, forceFallback));
      } catch (error) {
        throw isOutOfLockedMemory(error)
          ? new AgentKeysError('SECRET_MEMORY', {}, error)
          : toAgentKeysError(error, 'creating secret memory');
      }
    },
  };
}

/**
 * One mapping and one descriptor. Calls on a dropped region throw `INTERNAL`, but for `wipe`, `seal` and `drop`, which then do nothing.
 * A region that is never dropped is wiped when the garbage collector finds it; nothing may rely on when.
 */
export class Region {
  readonly #addon: Addon;
  readonly #handle: RegionHandle;
  /** Whole pages; at least what was asked for. */
  readonly byteLength: number;
  readonly kind: RegionKind;

  constructor(addon: Addon, handle: RegionHandle) {
    const { byteLength, kind } = addon.regionInfo(handle);
    this.#addon = addon;
    this.#handle = handle;
    this.byteLength = byteLength;
    this.kind = kind;
  }

  /** Whether the bytes are still mapped here. */
  get isOpen(): boolean {
    return this.#addon.regionInfo(this.#handle).isOpen;
  }

  /** For passing on; stays this region's. Errors: `INTERNAL` once sealed or dropped. */
  get descriptor(): number {
    const { descriptor } = this.#addon.regionInfo(this.#handle);
    if (descriptor < 0)
      throw new AgentKeysError('INTERNAL', { where: 'the descriptor of a closed secret region' });
    return descriptor;
  }

  /**
   * Lends the bytes to `callback`; the view is detached when this returns or throws, so it cannot be kept.
   * Moving its ArrayBuffer elsewhere (`transfer`) ends the process. Errors: `INTERNAL`, also for an asynchronous callback.
   */
  use<T>(callback: (bytes: Buffer) => T): T {
    this.#requireOpen();
    const outcome: { result?: T } = {};
    this.#addon.regionUse(this.#handle, (bytes) => {
      outcome.result = callback(lendBytes(bytes));
    });
    // An asynchronous callback would go on with a detached view, and read nothing where it expects a value.
    if (types.isPromise(outcome.result))
      throw new AgentKeysError('INTERNAL', { where: 'asynchronous use of secret bytes' });
    return outcome.result as T;
  }

  /**
   * One read(2) from `fd` to `offset` and on, at most to the end of the region: bytes read, 0 at end of file, -1 if it would block.
   * Errors: `INTERNAL` (also for an offset at the end, where no byte could be told from end of file); a `NativeError` of the call.
   */
  readFrom(offset: number, fd: number): number {
    this.#requireOpen();
    return callNative('reading into a secret region', () =>
      this.#addon.regionReadFrom(this.#handle, offset, fd),
    );
  }

  /** One write(2) to `fd`: bytes written, -1 if it would block. Errors: `INTERNAL`; a `NativeError` of the call (EPIPE). */
  writeTo(offset: number, byteLength: number, fd: number): number {
    this.#requireOpen();
    return callNative('writing from a secret region', () =>
      this.#addon.regionWriteTo(this.#handle, offset, byteLength, fd),
    );
  }

  /** Zeroes the bytes for every process that maps them. */
  wipe(): void {
    this.#addon.regionWipe(this.#handle);
  }

  /** Closes the descriptor; the bytes stay. For regions that are never shared. */
  seal(): void {
    this.#addon.regionSeal(this.#handle);
  }

  /** Unmaps and closes without wiping: the bytes belong to whoever holds the descriptor by now. Errors: `INTERNAL` inside `use`. */
  drop(): void {
    try {
      this.#addon.regionDrop(this.#handle);
    } catch (error) {
      throw toAgentKeysError(error, 'dropping a secret region in use');
    }
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

  #requireOpen(): void {
    if (!this.isOpen) throw new AgentKeysError('INTERNAL', { where: 'use of a dropped secret region' });
  }
}

function callNative<T>(where: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw isNativeError(error) ? error : toAgentKeysError(error, where);
  }
}

/** mmap of secretmem fails with EAGAIN at the limit, mlock with ENOMEM. */
function isOutOfLockedMemory(error: unknown): boolean {
  return (
    isNativeError(error) && (error.errno === constants.errno.EAGAIN || error.errno === constants.errno.ENOMEM)
  );
}
