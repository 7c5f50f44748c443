/** The profiles as a front-end reads them: the broker's directories in the broker's order. */
import { join } from 'node:path';
import type { LocalBroker } from '../client/local-broker.ts';
import { createSystemClock } from '../core/clock.ts';
import { createProfileStore, type ProfileStore } from '../profile/store.ts';
import { packagedProfiles } from './package.ts';

/** References and delivery modes are left to the broker, which reads the same file before it releases anything. */
export function createFrontEndProfiles({ openFile, paths }: LocalBroker): ProfileStore {
  return createProfileStore({
    clock: createSystemClock(),
    directories: [join(paths.config, 'profiles'), '/etc/agentkeys/profiles', packagedProfiles()],
    openFile,
    ownUid: process.getuid?.() ?? -1,
    checkReference: () => true,
    checkDelivery: () => true,
  });
}
