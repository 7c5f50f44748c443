/** Which modules a built program loads: by starting it, and by following its import lines. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { isRelative, packageOf, readImports, resolveImport, root } from './source-tree.ts';

export interface LoadedModules {
  /** Folders of dist/. */
  readonly folders: readonly string[];
  /** Packages below node_modules. */
  readonly packages: readonly string[];
  /** Names such as `node:fs`. */
  readonly builtins: readonly string[];
}

/** Starts the program with an empty home of its own and lists what was loaded until it ended. */
export function recordModules(t: ExecutionContext, program: string, args: readonly string[]): LoadedModules {
  const directory = mkdtempSync(join(tmpdir(), 'agentkeys-modules-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const list = join(directory, 'list');
  const recorder = new URL('record-modules.ts', import.meta.url).href;
  spawnSync(process.execPath, ['--import', recorder, join(root, program), ...args], {
    env: { RECORDED_MODULES: list, AGENTKEYS_HOME: directory, HOME: directory, PATH: process.env.PATH },
    stdio: 'ignore',
  });
  const urls = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : [];
  const files = urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => relative(root, fileURLToPath(url)));
  return summarise([...files, ...urls.filter((url) => url.startsWith('node:'))]);
}

/** Everything that the program could load: static and dynamic imports of dist/, packages by name only. */
export function followImports(program: string): LoadedModules {
  const seen = new Set<string>();
  const waiting = [program];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    if (!path.startsWith('dist/')) continue;
    for (const { specifier } of readImports(readFileSync(join(root, path), 'utf8'))) {
      if (isRelative(specifier)) waiting.push(resolveImport(path, specifier));
      else if (specifier.startsWith('node:')) seen.add(specifier);
      else seen.add(`node_modules/${packageOf(specifier)}/`);
    }
  }
  return summarise([...seen]);
}

function summarise(paths: readonly string[]): LoadedModules {
  const pick = (prefix: string, name: (rest: string) => string) => {
    const rests = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    return [...new Set(rests.map(name))].toSorted();
  };
  return {
    folders: pick('dist/', (rest) => rest.split('/')[0] ?? ''),
    packages: pick('node_modules/', packageOf),
    builtins: pick('node:', (rest) => `node:${rest}`),
  };
}
