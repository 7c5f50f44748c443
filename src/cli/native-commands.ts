/** What the native client asks of this program: no verbs of a person, so help does not list them. */
import type { CommandEntry } from './command.ts';

export const nativeCommands: readonly CommandEntry[] = [
  { name: 'native-command', load: () => import('./commands/native-command.ts') },
];
