/** The symbols that object files define and need, as `nm` lists them. */
import { spawnSync } from 'node:child_process';
import { root } from './source-tree.ts';

export interface ObjectSymbols {
  readonly defined: readonly string[];
  readonly undefined: readonly string[];
}

export function readSymbols(object: string): ObjectSymbols {
  const { status, stdout, stderr } = spawnSync('nm', ['-g', object], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`nm ${object}: ${stderr}`);
  const rows = stdout.split('\n').filter((line) => line.trim() !== '');
  const names = (isWanted: (kind: string) => boolean) =>
    rows.flatMap((row) => {
      const [name = '', kind = ''] = row.trim().split(/\s+/).toReversed();
      return isWanted(kind) ? [name] : [];
    });
  return { defined: names((kind) => kind !== 'U'), undefined: names((kind) => kind === 'U') };
}

/** What these objects take from outside, each name once, sorted. */
export function findForeignSymbols(objects: readonly string[]): string[] {
  const all = objects.map(readSymbols);
  const own = new Set(all.flatMap(({ defined }) => defined));
  const needed = new Set(all.flatMap((symbols) => symbols.undefined));
  return [...needed].filter((name) => !own.has(name)).toSorted();
}
