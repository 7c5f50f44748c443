/** Which files a profile is made of: those that `extends` names, theirs before them, each once, its own last. */

import type { ProfileName } from '../core/ids.ts';
import { findNearest } from '../core/nearest.ts';
import { invalidAt } from '../toml/file-kind.ts';
import { hiddenKey, quoteKey } from '../toml/problem.ts';
import type { LoadedProfile } from './loader.ts';
import { profileKind } from './profile-kind.ts';

/** The profile itself counts. */
const maxDepth = 8;
const maxFiles = 32;

export interface BaseLookup {
  find(name: ProfileName): LoadedProfile | undefined;
  /** Every name that `find` knows. */
  names(): readonly string[];
}

/** In the order of application. Errors: those of `find`; `PROFILE_INVALID` at the `extends` that is wrong. */
export function collectFiles(own: LoadedProfile, lookup: BaseLookup): readonly LoadedProfile[] {
  const collected = new Map<string, LoadedProfile>();
  visit(own, [own], { lookup, collected });
  return [...collected.values()];
}

interface Walk {
  readonly lookup: BaseLookup;
  readonly collected: Map<string, LoadedProfile>;
}

/** `chain`: from the profile that was asked for to `loaded`. */
function visit(loaded: LoadedProfile, chain: readonly LoadedProfile[], walk: Walk): void {
  for (const name of loaded.profile.extends) {
    const base = walk.lookup.find(name) ?? refuse(loaded, describeMissing(name, walk.lookup.names()));
    const position = chain.findIndex(({ file }) => file === base.file);
    if (position >= 0) refuse(loaded, describeCircle([...chain.slice(position), base]));
    if (walk.collected.has(base.file)) continue;
    if (chain.length === maxDepth) refuse(loaded, `'extends' goes on for more than ${maxDepth} profiles`);
    visit(base, [...chain, base], walk);
  }
  if (walk.collected.size === maxFiles) refuse(loaded, `'extends' leads to more than ${maxFiles} profiles`);
  walk.collected.set(loaded.file, loaded);
}

function refuse({ file, lines }: LoadedProfile, rule: string): never {
  throw invalidAt(profileKind, { file, line: lines.lineOf(['extends']) }, rule);
}

function describeCircle(chain: readonly LoadedProfile[]): string {
  return `'extends' leads back to where it began: ${chain.map(({ profile }) => profile.name).join(' → ')}`;
}

/** The name is one that nobody has checked: it may be anything that was pasted. */
function describeMissing(name: string, names: readonly string[]): string {
  const shown = quoteKey(name) === hiddenKey ? 'a profile' : quoteKey(name);
  const nearest = findNearest(name, names);
  const suggestion = nearest === undefined ? '' : `; the nearest that does is '${nearest}'`;
  return `'extends' lists ${shown} that does not exist${suggestion}`;
}
