/** The profiles that a launch of this caller would find, read by this process: no daemon is asked. */
import { join } from 'node:path';
import type { LocalBroker } from '../../client/local-broker.ts';
import { createSystemClock } from '../../core/clock.ts';
import { isAvailableMode } from '../../core/delivery-modes.ts';
import { findReference } from '../../core/reference.ts';
import { createProfileStore, type ProfileStore } from '../../profile/store.ts';
import { packageRoot } from '../package.ts';

/** In the order in which the daemon looks. */
export function profileDirectories(config: string): readonly string[] {
  return [join(config, 'profiles'), '/etc/agentkeys/profiles', join(packageRoot(), 'profiles')];
}

export function createLocalProfiles({
  paths,
  openFile,
}: Pick<LocalBroker, 'paths' | 'openFile'>): ProfileStore {
  return createProfileStore({
    clock: createSystemClock(),
    directories: profileDirectories(paths.config),
    openFile,
    ownUid: process.getuid?.() ?? -1,
    checkReference: (text) => findReference(text) !== undefined,
    checkDelivery: isAvailableMode,
  });
}
