/** Reads the repository as text: files, lines, and import lines. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Files below `folder` whose name ends as given; none if there is no such folder. */
export function listSources(folder: string, ...endings: string[]): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

export function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Strings stay, comments go; the contents of a regular expression may be misread, but never beyond their line. */
export function withoutComments(text: string): string {
  const tokens = /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(tokens, (_, string: string | undefined) => string ?? '');
}

/** Static and dynamic imports and re-exports. A dynamic one must name its module in quotes. */
export function readImports(text: string): Import[] {
  const code = withoutComments(text);
  const lines =
    /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+|[{}*][^'";]*?from\s*)?['"]([^'"]+)['"]/gm;
  const fixed = [...code.matchAll(lines)].map((found) => ({
    specifier: found[2] ?? '',
    isTypeOnly: found[1] !== undefined,
  }));
  const dynamic = [...code.matchAll(/\bimport\(\s*(?:['"]([^'"]*)['"])?/g)].map((found) => ({
    specifier: found[1] ?? '(computed)',
    isTypeOnly: false,
  }));
  return [...fixed, ...dynamic];
}

/** The path from the root that a relative import means. */
export function resolveImport(from: string, specifier: string): string {
  return join(dirname(from), specifier);
}

/** `@scope/name/deep` → `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

/** `src/audit/log.ts` → `audit`. */
export function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}
