/** Makes one profile out of its files, and checks what they say together. */
import type { AgentKeysError } from '../core/errors.ts';
import { checkTable } from '../toml/check.ts';
import { invalidAt } from '../toml/file-kind.ts';
import { freezeRecord } from '../toml/frozen.ts';
import type { KeyPath } from '../toml/key-lines.ts';
import type { Problem } from '../toml/problem.ts';
import { buildProfile } from './build.ts';
import { findConflicts } from './conflicts.ts';
import type { LoadedProfile } from './loader.ts';
import { findLayer, type Layer, mergeLayers, type Origin } from './merge.ts';
import type { Profile, ProfileChecks } from './profile.ts';
import { profileKind } from './profile-kind.ts';
import { profileSchema } from './schema.ts';

export interface ResolvedProfile {
  /** Bases merged in. */
  readonly profile: Profile;
  readonly file: string;
  /** Bases first, in the order of application, own file last. */
  readonly files: readonly string[];
  /** Where a key got its value, such as `['credentials', 'OPENAI_API_KEY', 'from']`; undefined: the default. */
  findOrigin(path: readonly string[]): Origin | undefined;
}

/** `own` is the last of `layers`. Errors: `PROFILE_INVALID`, at the later of the lines that do not go together. */
export function resolveProfile(
  own: LoadedProfile,
  layers: readonly LoadedProfile[],
  checks: ProfileChecks,
): ResolvedProfile {
  // A file without bases was checked when it was loaded.
  const profile = layers.length === 1 ? own.profile : buildMerged(layers, checks);
  return freezeRecord({
    profile,
    file: own.file,
    files: Object.freeze(layers.map(({ file }) => file)),
    findOrigin: (path) => findLayer(layers, path)?.origin,
  });
}

function buildMerged(layers: readonly Layer[], checks: ProfileChecks): Profile {
  const result = checkTable(mergeLayers(layers), { schema: profileSchema, noun: profileKind.noun });
  if (result.kind === 'problems') throw refuseMerged(layers, result.problems);
  const conflicts = findConflicts(result.source, checks);
  if (conflicts.length > 0) throw refuseMerged(layers, conflicts);
  return buildProfile(result.source);
}

/** Each file is right by itself, so the one that came later brought the problem. */
function refuseMerged(layers: readonly Layer[], problems: readonly Problem[]): AgentKeysError {
  const placed = problems.map((problem) => {
    const paths = problem.related === undefined ? [problem.path] : [problem.path, problem.related];
    const places = paths.map((path) => findNearestLayer(layers, path));
    const latest = places.reduce((one, other) => (other.index > one.index ? other : one));
    return { ...latest, rule: problem.rule };
  });
  const first = placed.reduce((one, other) => (isBefore(other, one) ? other : one));
  return invalidAt(profileKind, first.origin, `together with what it extends: ${first.rule}`);
}

interface Place {
  readonly origin: Origin;
  readonly index: number;
}

/** Of the key, or else of the nearest table around it. */
function findNearestLayer(layers: readonly Layer[], path: KeyPath): Place {
  for (let length = path.length; length > 0; length--) {
    const found = findLayer(layers, path.slice(0, length));
    if (found !== undefined) return found;
  }
  return { index: layers.length - 1, origin: { file: layers.at(-1)?.file ?? '', line: 1 } };
}

function isBefore(one: Place, other: Place): boolean {
  return one.index === other.index ? one.origin.line < other.origin.line : one.index < other.index;
}
