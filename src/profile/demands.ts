/** What a profile asks for that a daemon may not be able to give. */
import type { Profile } from './profile.ts';

export interface UnmetDemand {
  /** The key, from the top of the profile. */
  readonly path: readonly string[];
  /** Goes on after the name of the key. */
  readonly rule: string;
}

const needsCgroup = 'needs a delegated cgroup, which this daemon does not have';
const notEnforced = 'is not enforced by this version';

/** What the profile asks for that this daemon cannot give: a launch is refused, never loosened. */
export function findUnmetDemands(
  profile: Profile,
  facts: { readonly mode: 'user' | 'system' },
): readonly UnmetDemand[] {
  const { agent, credentials, limits } = profile;
  const rows: (UnmetDemand | undefined)[] = [
    facts.mode === 'user' && agent.user !== undefined
      ? { path: ['agent', 'user'], rule: 'needs the system daemon' }
      : undefined,
    agent.limits.memoryBytes === undefined
      ? undefined
      : { path: ['agent', 'limits', 'memory'], rule: needsCgroup },
    agent.limits.pids === undefined ? undefined : { path: ['agent', 'limits', 'pids'], rule: needsCgroup },
    limits.readsPerMinute === undefined
      ? undefined
      : { path: ['limits', 'reads_per_minute'], rule: notEnforced },
    limits.maxAgeMs === undefined ? undefined : { path: ['limits', 'max_age'], rule: notEnforced },
  ];
  for (const [variable, { release }] of credentials)
    if (release === 'approve')
      rows.push({
        path: ['credentials', variable, 'release'],
        rule: 'needs an approval, which this version cannot take',
      });
  return rows.filter((row) => row !== undefined);
}
