/** Whether the built programs are those of the sources, and how to build them. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { listSources, root } from './source-tree.ts';

/** Builds what is missing or older than its source. False if the build failed; it has then said why. */
export function ensureBuild(): boolean {
  const isCurrent = isNativeCurrent() && isDistCurrent();
  if (!isCurrent && !run('sh', 'native/build.sh')) return false;
  // The spawner with forced failures is for tests only, so that the build leaves it out.
  return run('make', '-s', '-C', 'native', 'faults');
}

function isNativeCurrent(): boolean {
  return spawnSync('make', ['-s', '-q', '-C', 'native'], { cwd: root, stdio: 'ignore' }).status === 0;
}

function isDistCurrent(): boolean {
  const sources = listSources('src', '.ts').filter(({ path }) => !path.endsWith('.d.ts'));
  return sources.every(({ path }) => {
    const built = join(root, path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
    return existsSync(built) && statSync(built).mtimeMs >= statSync(join(root, path)).mtimeMs;
  });
}

function run(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}
