/** The import table of docs/architecture.md, and the questions that are asked of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  folderOf,
  type Import,
  isRelative,
  packageOf,
  readImports,
  resolveImport,
  root,
  type Source,
} from './source-tree.ts';

export interface FolderRule {
  readonly folder: string;
  /** Letters of the processes that may load it. */
  readonly processes: readonly string[];
  /** `folder`, `folder (types)` or `folder/file.ts`. */
  readonly mayImport: readonly string[];
  readonly packages: readonly string[];
}

/** The schema language is the only package that several folders may import. */
export const sharedPackages: readonly string[] = ['zod'];

export function readImportTable(): FolderRule[] {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  return parseImportTable(/<!-- imports -->([\s\S]*?)<!-- \/imports -->/.exec(page)?.[1] ?? '');
}

export function parseImportTable(table: string): FolderRule[] {
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((line) => {
    const [folder = '', , processes = '', mayImport = '', packages = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return {
      folder: folder.replaceAll('`', ''),
      processes: processes.split(' ').filter(Boolean),
      mayImport: parseList(mayImport),
      packages: parseList(packages),
    };
  });
}

function parseList(cell: string): string[] {
  return cell === '–' ? [] : cell.split(',').map((item) => item.trim());
}

/** One sentence for each import that the table does not allow. */
export function findForbiddenImports(sources: readonly Source[], rules: readonly FolderRule[]): string[] {
  return sources.flatMap((source) => {
    const rule = rules.find(({ folder }) => folder === folderOf(source.path));
    const imports = readImports(source.text).filter(({ specifier }) => !specifier.startsWith('node:'));
    const forbidden = imports.filter((entry) => rule === undefined || !isAllowed(source.path, entry, rule));
    return forbidden.map(({ specifier }) => `${source.path} may not import ${specifier}`);
  });
}

function isAllowed(path: string, entry: Import, rule: FolderRule): boolean {
  if (!isRelative(entry.specifier)) return rule.packages.includes(packageOf(entry.specifier));
  const target = resolveImport(path, entry.specifier);
  if (!target.startsWith('src/')) return false;
  const folder = folderOf(target);
  if (folder === rule.folder) return true;
  const isTypeAllowed = entry.isTypeOnly && rule.mayImport.includes(`${folder} (types)`);
  return (
    isTypeAllowed || rule.mayImport.includes(folder) || rule.mayImport.includes(target.slice('src/'.length))
  );
}

export type Graph = ReadonlyMap<string, readonly string[]>;

/** File → files that it imports, types included. */
export function buildFileGraph(sources: readonly Source[]): Graph {
  return new Map(
    sources.map(({ path, text }) => {
      const relative = readImports(text).filter(({ specifier }) => isRelative(specifier));
      return [path, relative.map(({ specifier }) => resolveImport(path, specifier))];
    }),
  );
}

export function buildFolderGraph(files: Graph): Graph {
  const folders = new Map<string, string[]>();
  for (const [path, targets] of files) {
    const others = targets.map(folderOf).filter((folder) => folder !== folderOf(path));
    folders.set(folderOf(path), [...(folders.get(folderOf(path)) ?? []), ...others]);
  }
  return folders;
}

/** A path that ends where it began, or undefined. */
export function findCycle(graph: Graph): readonly string[] | undefined {
  const finished = new Set<string>();
  function visit(node: string, path: readonly string[]): readonly string[] | undefined {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(node);
    return undefined;
  }
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** `src/backends/vault/x.ts` belongs to variant `vault`; files beside the variants belong to none. */
export function findSiblingImports(files: Graph, parent: string): string[] {
  const variantOf = (path: string) =>
    path.startsWith(`${parent}/`) && !path.endsWith('/index.ts')
      ? path.slice(parent.length + 1).split('/')
      : [];
  const isVariant = (parts: readonly string[]) => parts.length > (parent.endsWith('/commands') ? 0 : 1);
  return [...files].flatMap(([path, targets]) => {
    const own = variantOf(path);
    const others = targets.filter(
      (target) => isVariant(variantOf(target)) && variantOf(target)[0] !== own[0],
    );
    return isVariant(own) ? others.map((target) => `${path} may not import its sibling ${target}`) : [];
  });
}
