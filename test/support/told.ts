/** What an agent of test/fixtures/agents/tell-all.py says it was given. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended, Home } from './daemon.ts';
import { root } from './source-tree.ts';

export interface Told {
  /** Its own name first. */
  readonly words: readonly string[];
  readonly environment: readonly string[];
}

export const agentFile = join(root, 'test/fixtures/agents/tell-all.py');

/** A directory for the front of PATH in which the agent has these names. */
export function agentPath(home: Home, ...names: readonly string[]): string {
  const directory = join(home.directory, 'programs');
  mkdirSync(directory, { recursive: true });
  for (const name of names) symlinkSync(agentFile, join(directory, name));
  return `${directory}:${process.env.PATH}`;
}

export function parseTold(ended: Ended): Told {
  if (ended.code !== 0) throw new Error(`the agent ended with ${ended.code}: ${ended.stderr}`);
  return JSON.parse(ended.stdout.toString());
}

/** Every value that a name has: more than one entry of a name is possible. */
export function valuesOf({ environment }: Told, name: string): string[] {
  return environment
    .filter((entry) => entry.startsWith(`${name}=`))
    .map((entry) => entry.slice(name.length + 1));
}
