/** The broker of this user on this machine: where it listens, and a way to it. */
import { type Addon, loadAddon, type NativePaths } from '../native/addon.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { connectBroker } from './connect.ts';

export interface LocalBroker {
  /** For this process's environment. */
  readonly paths: NativePaths;
  /** The caller closes the connection. Errors: as `connectBroker`. */
  connect(start?: () => Promise<void>): Promise<BrokerConnection>;
  /** For descriptors that came with an answer. */
  closeDescriptor(descriptor: number): void;
}

/** `version` is the program's, for the hello. Errors: `INTERNAL` if the addon cannot be loaded. */
export function createLocalBroker({ version }: { readonly version: string }): LocalBroker {
  const addon: Addon = loadAddon();
  const paths = addon.paths();
  return {
    paths,
    connect: (start) =>
      connectBroker({
        addon,
        version,
        socketPath: paths.socket,
        ownUid: process.geteuid?.() ?? 0,
        ...(start === undefined ? {} : { start }),
      }),
    closeDescriptor: (descriptor) => addon.close(descriptor),
  };
}
