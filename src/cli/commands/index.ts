/** The registry of verbs, in the order of help. A verb with two words is a part of the first. */
import type { CommandEntry } from '../command.ts';

export const commands: readonly CommandEntry[] = [
  { name: 'run', load: () => import('./run.ts') },
  { name: 'init', load: () => import('./init.ts') },
  { name: 'store', load: () => import('./store.ts') },
  { name: 'import', load: () => import('./import.ts') },
  { name: 'list', load: () => import('./list.ts') },
  { name: 'read', load: () => import('./read.ts') },
  { name: 'remove', load: () => import('./remove.ts') },
  { name: 'ps', load: () => import('./ps.ts') },
  { name: 'profile list', load: () => import('./profile-list.ts') },
  { name: 'profile show', load: () => import('./profile-show.ts') },
  { name: 'profile check', load: () => import('./profile-check.ts') },
  { name: 'profile explain', load: () => import('./profile-explain.ts') },
  { name: 'audit tail', load: () => import('./audit-tail.ts') },
  { name: 'audit show', load: () => import('./audit-show.ts') },
  { name: 'audit verify', load: () => import('./audit-verify.ts') },
  { name: 'status', load: () => import('./status.ts') },
  { name: 'doctor', load: () => import('./doctor.ts') },
  { name: 'stop', load: () => import('./stop.ts') },
  { name: 'daemon', load: () => import('./daemon.ts') },
  { name: 'completion', load: () => import('./completion.ts') },
  { name: 'version', load: () => import('./version.ts') },
  { name: 'help', load: () => import('./help.ts') },
];
