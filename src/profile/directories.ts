/** The directories in which profiles are looked for, in order: an earlier one hides a name of a later one. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TextFiles } from '../toml/file.ts';

export interface ProfileFile {
  /** The file's name without `.toml`; nothing is known of its form. */
  readonly name: string;
  readonly file: string;
  /** Of the directory. */
  readonly position: number;
  /** An earlier directory has the name. */
  readonly isShadowed: boolean;
}

/** Sorted by directory and name. Errors: `PROFILE_UNSAFE` for a directory in which others can put files. */
export function listProfileFiles(directories: readonly string[], files: TextFiles): readonly ProfileFile[] {
  const seen = new Set<string>();
  return directories.flatMap((directory, position) => {
    const names = files.hasSafeDirectory(directory) ? readdirSync(directory).sort() : [];
    // Editors leave files that begin with a dot.
    const own = names.filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
    return own.map((entry) => {
      const isShadowed = seen.has(entry);
      seen.add(entry);
      return { name: basename(entry, '.toml'), file: join(directory, entry), position, isShadowed };
    });
  });
}
