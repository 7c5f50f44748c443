/** Loads one profile file and remembers the result until the file changes. */
import { basename } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { AgentKeysError } from '../core/errors.ts';
import { findStamp, type OpenFile, openText } from './file.ts';
import { findKeyLines } from './key-lines.ts';
import { parseProfile } from './parse.ts';
import type { Profile, ProfileChecks } from './profile.ts';

export interface ProfileLoaderParts extends ProfileChecks {
  readonly openFile: OpenFile;
  /** Files must belong to this uid or to root. */
  readonly ownUid: number;
  readonly clock: Clock;
}

export interface LoadedProfile {
  readonly profile: Profile;
  /** Where `match` stands, for messages about two profiles with one command. */
  readonly matchLine: number;
}

/** undefined if there is no such file. Errors: `PROFILE_UNSAFE`, `PROFILE_INVALID`. */
export type LoadProfile = (file: string) => LoadedProfile | undefined;

/** A kernel's file times move in steps of up to 10 ms: a file that changed twice within one step looks unchanged. */
const settledAfterMs = 100;

export function createProfileLoader(parts: ProfileLoaderParts): LoadProfile {
  const cache = new Map<string, LoadedProfile & { readonly stamp: string }>();
  return (file) => {
    const stamp = findStamp(file);
    const cached = cache.get(file);
    if (stamp !== undefined && cached?.stamp === stamp) return cached;
    cache.delete(file);
    const opened = stamp === undefined ? undefined : openText(file, parts.openFile, parts.ownUid);
    if (opened === undefined) return undefined;
    const profile = parseProfile({ ...parts, text: opened.text, file });
    const lines = findKeyLines(opened.text);
    requireFileName(profile, file, lines.lineOf(['name']));
    const loaded = { profile, matchLine: lines.lineOf(['match']), stamp: opened.stamp };
    if (parts.clock.nowMs() - opened.changedMs > settledAfterMs) cache.set(file, loaded);
    return loaded;
  };
}

/** Otherwise one profile could speak in the name of another, whose name stands in the audit log. */
function requireFileName(profile: Profile, file: string, line: number): void {
  if (basename(file, '.toml') === profile.name) return;
  const rule = "'name' must be the name of the file without .toml";
  throw new AgentKeysError('PROFILE_INVALID', { file, line, rule });
}
