/** Words for a profile that does not exist. */
import { AgentKeysError } from '../core/errors.ts';
import type { ProfileName } from '../core/ids.ts';
import { findNearest } from '../core/nearest.ts';
import type { ProfileStore } from './store.ts';

/** As many as a typing mistake makes. */
const mostEdits = 2;

/** `PROFILE_MISSING`, with a profile whose name is near. */
export function createMissingError(store: Pick<ProfileStore, 'list'>, profile: ProfileName): AgentKeysError {
  const names = store.list().flatMap(({ name, error }) => (error === undefined ? name : []));
  const nearest = findNearest(profile, names, mostEdits);
  return new AgentKeysError('PROFILE_MISSING', { profile, ...(nearest === undefined ? {} : { nearest }) });
}
