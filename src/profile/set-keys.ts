/** Which keys of a profile were set by a file, and which are what an empty profile has. */
import { buildProfile } from './build.ts';
import { credentialSchema, profileSchema } from './schema.ts';
import { findValue, formatSource, type KeyPath, pickKeys, type SourceTable } from './source.ts';
import type { Origin, ResolvedProfile } from './store.ts';

/** The profile as tables without what is a default: parsed again it is the same profile, without `extends`. */
export function listSetKeys(resolved: ResolvedProfile): SourceTable {
  const { profile } = resolved;
  const defaults = formatSource(buildProfile(profileSchema.parse({ schema: 1, name: profile.name })));
  return pickKeys(formatSource(profile), (path, value) => {
    if (resolved.findOrigin(path) !== undefined) return true;
    return JSON.stringify(findDefault(defaults, path)) !== JSON.stringify(value);
  });
}

/** A credential has defaults of its own. */
function findDefault(defaults: SourceTable, path: KeyPath): unknown {
  const [table, , ...rest] = path;
  if (table !== 'credentials') return findValue(defaults, path);
  const { deliver, release } = credentialSchema.parse({ from: '' });
  return findValue({ deliver, release }, rest);
}

/** Where a key of `listSetKeys` stands: a key within an inline table is found by the table. */
export function findKeyOrigin(resolved: ResolvedProfile, path: KeyPath): Origin | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = resolved.findOrigin(path.slice(0, length));
    if (origin !== undefined) return origin;
  }
  return undefined;
}
