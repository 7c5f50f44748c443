/** Finds profiles by name or by command in a fixed list of directories, with what they extend merged in. */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AgentKeysError, isAgentKeysError, toAgentKeysError } from '../core/errors.ts';
import type { ProfileName } from '../core/ids.ts';
import { createTextFiles, type OpenFile } from '../toml/file.ts';
import { invalidAt } from '../toml/file-kind.ts';
import { collectFiles } from './bases.ts';
import { listProfileFiles, type ProfileFile } from './directories.ts';
import { createProfileLoader, type LoadedProfile } from './loader.ts';
import { parseProfileText } from './parse.ts';
import type { Profile, ProfileChecks } from './profile.ts';
import { profileKind } from './profile-kind.ts';
import { type ResolvedProfile, resolveProfile } from './resolve.ts';

export type { Origin } from './merge.ts';
export type { ResolvedProfile } from './resolve.ts';

export interface ProfileStoreParts extends ProfileChecks {
  readonly openFile: OpenFile;
  /** Files must belong to this uid or to root. */
  readonly ownUid: number;
  readonly clock: Clock;
  /** The user's, the system's, the packaged ones: the first one that has a name has it. Never a path that a caller gave. */
  readonly directories: readonly string[];
}

const sources = ['user', 'system', 'packaged'] as const;

/** One file. */
export interface ProfileListing {
  readonly name: string;
  readonly file: string;
  readonly source: (typeof sources)[number];
  /** An earlier directory has the name. */
  readonly isShadowed: boolean;
  /** Either this or `error`. */
  readonly resolved?: ResolvedProfile;
  readonly error?: AgentKeysError;
}

/** Every method throws `PROFILE_UNSAFE` or `PROFILE_INVALID` for a file that it has to look at and cannot trust. */
export interface ProfileStore {
  /** undefined if no directory has a file of that name. */
  find(name: ProfileName): Profile | undefined;
  /** The profile whose `match` lists the command's name (no directory). Two of one directory are an error. */
  match(command: string): Profile | undefined;
  /** A file that the caller opened; `fd` stays the caller's. Its name need not be the profile's. */
  parseDescriptor(fd: number, label: string): Profile;
  /** As `find`. */
  resolve(name: ProfileName): ResolvedProfile | undefined;
  /** As `parseDescriptor`. */
  resolveDescriptor(fd: number, label: string): ResolvedProfile;
  /** Every file, with what is wrong with it; throws only for a directory. */
  list(): readonly ProfileListing[];
}

export function createProfileStore(parts: ProfileStoreParts): ProfileStore {
  const { clock, directories } = parts;
  const files = createTextFiles({ ...parts, kind: profileKind });
  const load = createProfileLoader({ checks: parts, files, clock });
  const listFiles = () => listProfileFiles(directories, files);
  const findFile = (name: string): LoadedProfile | undefined => {
    for (const directory of directories) {
      const found = files.hasSafeDirectory(directory) ? load(join(directory, `${name}.toml`)) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const lookup = { find: findFile, names: () => listFiles().map(({ name }) => name) };
  const resolved = new Map<string, { layers: readonly LoadedProfile[]; whole: ResolvedProfile }>();
  const resolveFile = (own: LoadedProfile): ResolvedProfile => {
    const layers = collectFiles(own, lookup);
    const known = resolved.get(own.file);
    if (known !== undefined && isSame(known.layers, layers)) return known.whole;
    const whole = resolveProfile(own, layers, parts);
    resolved.set(own.file, { layers, whole });
    return whole;
  };
  const resolve = (name: ProfileName) => {
    const own = findFile(name);
    return own === undefined ? undefined : resolveFile(own);
  };
  const resolveDescriptor = (fd: number, label: string) => {
    const { text } = files.readText(fd, label);
    const own = { file: label, ...parseProfileText({ ...parts, text, file: label }) };
    return resolveProfile(own, collectFiles(own, lookup), parts);
  };
  return {
    find: (name) => resolve(name)?.profile,
    match: (command) => {
      const found = findMatch(listFiles(), load, command);
      return found === undefined ? undefined : resolveFile(found).profile;
    },
    parseDescriptor: (fd, label) => resolveDescriptor(fd, label).profile,
    resolve,
    resolveDescriptor,
    list: () => listFiles().map((file) => describeFile(file, load, resolveFile)),
  };
}

/** A loader gives the same object for a file that has not changed. */
function isSame(known: readonly LoadedProfile[], found: readonly LoadedProfile[]): boolean {
  return known.length === found.length && known.every((layer, index) => layer === found[index]);
}

function describeFile(
  { name, file, position, isShadowed }: ProfileFile,
  load: (file: string) => LoadedProfile | undefined,
  resolveFile: (own: LoadedProfile) => ResolvedProfile,
): ProfileListing {
  const row = { name, file, source: sources[position] ?? 'packaged', isShadowed };
  try {
    const own = load(file);
    if (own === undefined) throw new AgentKeysError('PROFILE_UNSAFE', { file, rule: 'it has just gone' });
    return { ...row, resolved: resolveFile(own) };
  } catch (error) {
    return { ...row, error: toAgentKeysError(error, 'reading a profile') };
  }
}

/** A name that an earlier directory has hides later files of that name, as it does for `find`. */
function findMatch(
  files: readonly ProfileFile[],
  load: (file: string) => LoadedProfile | undefined,
  command: string,
): LoadedProfile | undefined {
  const positions = [...new Set(files.map(({ position }) => position))];
  for (const position of positions) {
    const fresh = files.filter((file) => file.position === position && !file.isShadowed);
    const loaded = fresh.flatMap(({ file }) => loadForMatch(file, load) ?? []);
    const found = requireSingle(loaded.filter(({ profile }) => profile.match.includes(command)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A file that cannot be read could be the one that claims the command: it is not passed over, but need not be asked. */
function loadForMatch(
  file: string,
  load: (file: string) => LoadedProfile | undefined,
): LoadedProfile | undefined {
  try {
    return load(file);
  } catch (error) {
    if (!isAgentKeysError(error)) throw error;
    throw new AgentKeysError(error.code, { ...error.context, another: 'another one' });
  }
}

function requireSingle(found: readonly LoadedProfile[]): LoadedProfile | undefined {
  const [first, second] = found;
  if (first === undefined || second === undefined) return first;
  const place = { file: second.file, line: second.lines.lineOf(['match']) };
  throw invalidAt(profileKind, place, `the profile '${first.profile.name}' has the same command in 'match'`);
}
