/** The shape of the native addon, and the only place that loads it. Everything else in this folder gives it types. */
import { createRequire } from 'node:module';
import { AgentKeysError } from '../core/errors.ts';

/** Opaque; made and understood only by the addon. */
export interface RegionHandle {
  readonly region: never;
}

/** A registered interest in a descriptor. `close` must come before the descriptor is closed (EPOLL_CTL_DEL first). */
export interface Watch {
  /** Bit 1 readable, bit 2 writable; 0 pauses. */
  set(events: number): void;
  close(): void;
}

export interface NativePeer {
  readonly fd: number;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Taken at accept; -1 where the kernel has neither SO_PEERPIDFD nor pidfd_open. The caller closes it. */
  readonly pidfd: number;
}

export interface NativePaths {
  readonly config: string;
  readonly state: string;
  readonly run: string;
  readonly socket: string;
}

/**
 * Calls that fail in the kernel throw an Error with `errno` (a positive number), `syscall` and a message made of just those.
 * No call takes or returns credential bytes except through a region.
 */
export interface Addon {
  /** Raised whenever this interface changes; checked at load. */
  readonly shape: number;

  /** A zeroed shared mapping of whole pages, MADV_DONTFORK and MADV_DONTDUMP. `fallback` forces the locked memfd. */
  regionCreate(byteLength: number, fallback: boolean): RegionHandle;
  regionInfo(region: RegionHandle): {
    readonly byteLength: number;
    readonly kind: 'secretmem' | 'locked';
    readonly isOpen: boolean;
    readonly descriptor: number;
  };
  /** Lends the bytes for the length of the call; the buffer is detached before this returns. */
  regionUse(region: RegionHandle, callback: (bytes: ArrayBuffer) => void): void;
  /** read(2) straight into the region. Bytes read; 0 at end of file; -1 if it would block. */
  regionReadFrom(region: RegionHandle, offset: number, fd: number): number;
  /** write(2) straight from the region. Bytes written; -1 if it would block. */
  regionWriteTo(region: RegionHandle, offset: number, byteLength: number, fd: number): number;
  /** Zeroes the bytes with a store that the compiler cannot drop. */
  regionWipe(region: RegionHandle): void;
  /** Closes the descriptor; the mapping stays. For regions that are never shared. */
  regionSeal(region: RegionHandle): void;
  /** Unmaps and closes without wiping: the bytes now belong to whoever holds the descriptor. */
  regionDrop(region: RegionHandle): void;

  /** A connection of the listening socket with its peer as the kernel knows it, or undefined. Non-blocking, close-on-exec. */
  accept(listenFd: number): NativePeer | undefined;
  /** Connects to a SOCK_STREAM path; `uid` is the server's. */
  connect(path: string): { readonly fd: number; readonly uid: number };
  /** One recvmsg. undefined: would block. Empty data: end of file. Descriptors are close-on-exec; surplus ones were closed. */
  receive(
    fd: number,
    maxBytes: number,
    maxDescriptors: number,
  ): { readonly data: Buffer; readonly descriptors: number[]; readonly isTruncated: boolean } | undefined;
  /** One sendmsg without SIGPIPE. Bytes taken (all of them on SEQPACKET), or -1 if it would block. Descriptors stay the caller's. */
  send(fd: number, data: Uint8Array, descriptors: readonly number[]): number;
  /** poll through the event loop. An exception from `callback` is fatal to the process, never swallowed. */
  watch(fd: number, events: number, callback: (events: number) => void): Watch;
  /** pipe2(O_CLOEXEC | O_NONBLOCK on both ends): [read end, write end]. */
  pipe(): [number, number];
  close(fd: number): void;
  /** Opens without following a last link and without blocking, close-on-exec; fstat facts beside it. Errors carry errno. */
  openFile(path: string): {
    readonly fd: number;
    readonly isRegular: boolean;
    readonly uid: number;
    readonly mode: number;
    readonly byteLength: number;
  };
  /** prctl(PR_SET_DUMPABLE, 0) and RLIMIT_CORE 0/0. Throws if it did not hold. */
  harden(): void;
  /** Where config, state, run and socket are for this process's environment (native/core/paths.c decides for all programs). */
  paths(): NativePaths;
  /** argv as raw bytes out of a sealed launch context, after checking seals, type and bounds. The environment stays in the memfd. */
  contextFacts(memfd: number): { readonly argv: Buffer[]; readonly device: bigint; readonly inode: bigint };
}

/** Must equal AGENTKEYS_ADDON_SHAPE in native/addon/addon.cc. */
const expectedShape = 1;

/** Loads build/agentkeys.node from the package's root. Errors: `INTERNAL` if it is missing or of another build. */
export function loadAddon(): Addon {
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)('../../build/agentkeys.node') as Addon;
  } catch (cause) {
    throw new AgentKeysError('INTERNAL', { where: 'loading build/agentkeys.node' }, cause);
  }
  if (addon.shape !== expectedShape)
    throw new AgentKeysError('INTERNAL', { where: 'the shape of build/agentkeys.node' });
  return addon;
}
