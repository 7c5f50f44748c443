/** Loads one profile file and remembers the result until the file changes. */
import { basename } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { TextFiles } from '../toml/file.ts';
import { invalidAt } from '../toml/file-kind.ts';
import { type ParsedProfile, parseProfileText } from './parse.ts';
import type { ProfileChecks } from './profile.ts';
import { profileKind } from './profile-kind.ts';

export interface ProfileLoaderParts {
  readonly checks: ProfileChecks;
  readonly files: TextFiles;
  readonly clock: Clock;
}

/** The same object as long as the file is unchanged. */
export interface LoadedProfile extends ParsedProfile {
  readonly file: string;
}

/** undefined if there is no such file. Errors: `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export type LoadProfile = (file: string) => LoadedProfile | undefined;

/** A kernel's file times move in steps of up to 10 ms: a file that changed twice within one step looks unchanged. */
const settledAfterMs = 100;

export function createProfileLoader({ checks, files, clock }: ProfileLoaderParts): LoadProfile {
  const cache = new Map<string, { readonly loaded: LoadedProfile; readonly stamp: string }>();
  return (file) => {
    const stamp = files.findStamp(file);
    const cached = cache.get(file);
    if (stamp !== undefined && cached?.stamp === stamp) return cached.loaded;
    cache.delete(file);
    const opened = stamp === undefined ? undefined : files.openText(file);
    if (opened === undefined) return undefined;
    const loaded = { file, ...parseProfileText({ ...checks, text: opened.text, file }) };
    requireFileName(loaded);
    if (clock.nowMs() - opened.changedMs > settledAfterMs) cache.set(file, { loaded, stamp: opened.stamp });
    return loaded;
  };
}

/** Otherwise one profile could speak in the name of another, whose name stands in the audit log. */
function requireFileName({ profile, file, lines }: LoadedProfile): void {
  if (basename(file, '.toml') === profile.name) return;
  const rule = "'name' must be the name of the file without .toml";
  throw invalidAt(profileKind, { file, line: lines.lineOf(['name']) }, rule);
}
