/** The one way from the text of a profile to a `Profile`. */
import { checkText, firstProblem } from '../toml/check.ts';
import type { KeyLines } from '../toml/key-lines.ts';
import type { Problem } from '../toml/problem.ts';
import type { TomlTable } from '../toml/toml.ts';
import { buildProfile } from './build.ts';
import { findConflicts } from './conflicts.ts';
import type { Profile, ProfileChecks } from './profile.ts';
import { profileKind } from './profile-kind.ts';
import { profileSchema } from './schema.ts';

export interface ProfileText {
  readonly text: string;
  /** What messages call the file. */
  readonly file: string;
}

/** One file, by itself: what it is built upon is named, not merged in. */
export interface ParsedProfile {
  readonly profile: Profile;
  /** As it stands, without defaults. */
  readonly table: TomlTable;
  readonly lines: KeyLines;
}

/** Hostile input: `text`. Errors: `PROFILE_INVALID` with file, line and rule; no message shows a value of the text. */
export function parseProfileText(input: ProfileText & ProfileChecks): ParsedProfile {
  const whole = { ...input, kind: profileKind };
  const { source, table, lines } = checkText({ ...whole, schema: profileSchema, amend: keepDecisive });
  const conflicts = findConflicts(source, input);
  if (conflicts.length > 0) throw firstProblem(whole, lines, conflicts);
  return { profile: buildProfile(source), table, lines };
}

/** As `parseProfileText`, for a profile that stands alone. */
export function parseProfile(input: ProfileText & ProfileChecks): Profile {
  return parseProfileText(input).profile;
}

/** A file of a later format is told so, whatever else it says. */
function keepDecisive(problems: readonly Problem[], table: TomlTable): readonly Problem[] {
  const isOtherFormat = typeof table.schema === 'number' && table.schema !== 1;
  return isOtherFormat ? problems.filter(({ path }) => path[0] === 'schema') : problems;
}
