/** The names of the vault's files, and what messages call them: names below the state directory. */
import { join } from 'node:path';
import type { ServiceName } from '../core/ids.ts';

export const entrySuffix = '.cred';

export interface StatePath {
  /** The last part of the path. */
  readonly name: string;
  readonly path: string;
  /** For messages: `vault/demo.cred`. */
  readonly label: string;
}

export function vaultPath(directory: string): StatePath {
  return { name: 'vault', path: directory, label: 'vault' };
}

export function headerPath(directory: string): StatePath {
  return fileIn(directory, 'header');
}

export function keyPath(directory: string): StatePath {
  return fileIn(directory, 'key');
}

export function lastUsedPath(directory: string): StatePath {
  return fileIn(directory, 'last-used.json');
}

export function entryPath(directory: string, service: ServiceName): StatePath {
  return fileIn(directory, `${service}${entrySuffix}`);
}

function fileIn(directory: string, name: string): StatePath {
  return { name, path: join(directory, name), label: `vault/${name}` };
}
