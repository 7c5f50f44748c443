/** The broker of this user on this machine: where it listens, and a way to it. */
import { constants } from 'node:os';
import { createSystemClock } from '../core/clock.ts';
import { AgentKeysError } from '../core/errors.ts';
import { type Addon, loadAddon, type NativePaths } from '../native/addon.ts';
import { isNativeError } from '../native/native-error.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { connectBroker } from './connect.ts';
import { watchReader } from './reader-watch.ts';

export interface LocalBroker {
  /** For this process's environment. */
  readonly paths: NativePaths;
  /** The caller closes the connection. Errors: as `connectBroker`. */
  connect(start?: () => Promise<void>): Promise<BrokerConnection>;
  /** For descriptors that came with an answer. */
  closeDescriptor(descriptor: number): void;
  /** Follows no last link and waits for nobody; the caller closes the descriptor. */
  readonly openFile: Addon['openFile'];
  /** As `watchReader`. */
  whenReaderGone(onGone: () => void): () => void;
  /** What secret memory is made of here: asked of one page, given back at once. Throws what the kernel refuses, with `errno`. */
  probeSecretMemory(): 'secretmem' | 'locked';
}

/** Errors: `HOME_INVALID`. */
function readPaths(addon: Addon): NativePaths {
  try {
    return addon.paths();
  } catch (error) {
    if (!isNativeError(error)) throw error;
    const { ENAMETOOLONG, EINVAL } = constants.errno;
    const rule =
      error.errno === ENAMETOOLONG
        ? 'the path of its socket has more than 107 bytes'
        : error.errno === EINVAL
          ? 'AGENTKEYS_HOME is empty or no absolute path'
          : 'HOME is not set';
    throw new AgentKeysError('HOME_INVALID', { rule }, error);
  }
}

/** `version` is the program's, for the hello. Errors: `HOME_INVALID`; `INTERNAL` if the addon cannot be loaded. */
export function createLocalBroker({ version }: { readonly version: string }): LocalBroker {
  const addon: Addon = loadAddon();
  const paths = readPaths(addon);
  const clock = createSystemClock();
  return {
    paths,
    connect: (start) =>
      connectBroker({
        addon,
        clock,
        version,
        socketPath: paths.socket,
        ownUid: process.geteuid?.() ?? 0,
        ...(start === undefined ? {} : { start }),
      }),
    closeDescriptor: (descriptor) => addon.close(descriptor),
    openFile: (path) => addon.openFile(path),
    whenReaderGone: (onGone) => watchReader(addon, onGone),
    probeSecretMemory() {
      const region = addon.regionCreate(1, false);
      const { kind } = addon.regionInfo(region);
      addon.regionDrop(region);
      return kind;
    },
  };
}
