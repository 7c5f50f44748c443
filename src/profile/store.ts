/** Finds profiles by name or by command in a fixed list of directories. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AgentKeysError } from '../core/errors.ts';
import type { ProfileName } from '../core/ids.ts';
import { hasSafeDirectory, readText } from './file.ts';
import { createProfileLoader, type LoadedProfile, type ProfileLoaderParts } from './loader.ts';
import { parseProfile } from './parse.ts';
import type { Profile } from './profile.ts';

export interface ProfileStoreParts extends ProfileLoaderParts {
  /** In order: the first one that has a name has it. Never a path that a caller gave. */
  readonly directories: readonly string[];
}

/** Every method throws `PROFILE_UNSAFE` or `PROFILE_INVALID` for a file that it has to look at and cannot trust. */
export interface ProfileStore {
  /** undefined if no directory has a file of that name. */
  find(name: ProfileName): Profile | undefined;
  /** The profile whose `match` lists the command's name (no directory). Two of one directory are an error. */
  match(command: string): Profile | undefined;
  /** A file that the caller opened; `fd` stays the caller's. Its name need not be the profile's. */
  parseDescriptor(fd: number, label: string): Profile;
}

export function createProfileStore(parts: ProfileStoreParts): ProfileStore {
  const load = createProfileLoader(parts);
  const hasDirectory = (directory: string) => hasSafeDirectory(directory, parts.ownUid);
  return {
    find(name) {
      for (const directory of parts.directories) {
        const found = hasDirectory(directory) ? load(join(directory, `${name}.toml`)) : undefined;
        if (found !== undefined) return found.profile;
      }
      return undefined;
    },
    match(command) {
      const seen = new Set<string>();
      for (const directory of parts.directories) {
        const files = hasDirectory(directory) ? listFiles(directory, seen) : [];
        const loaded = files.map((file) => ({ file, ...load(file) }));
        const found = requireSingle(loaded.filter(({ profile }) => profile?.match.includes(command)));
        if (found !== undefined) return found;
      }
      return undefined;
    },
    parseDescriptor(fd, label) {
      const { text } = readText(fd, label, parts.ownUid);
      return parseProfile({ ...parts, text, file: label });
    },
  };
}

/** A name that an earlier directory has hides later files of that name, as it does for `find`. */
function listFiles(directory: string, seen: Set<string>): string[] {
  const entries = readdirSync(directory).sort();
  // Editors leave files that begin with a dot.
  const fresh = entries.filter((name) => name.endsWith('.toml') && !name.startsWith('.') && !seen.has(name));
  for (const name of fresh) seen.add(name);
  return fresh.map((name) => join(directory, name));
}

function requireSingle(
  found: readonly ({ readonly file: string } & Partial<LoadedProfile>)[],
): Profile | undefined {
  const [first, second] = found;
  if (first === undefined || second === undefined) return first?.profile;
  const rule = `the profile '${first.profile?.name}' has the same command in 'match'`;
  throw new AgentKeysError('PROFILE_INVALID', { file: second.file, line: second.matchLine ?? 1, rule });
}
