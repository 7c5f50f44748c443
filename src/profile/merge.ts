/** Lays the tables of several profile files upon each other, and knows which file gave a key its value. */
import type { KeyLines, KeyPath } from '../toml/key-lines.ts';
import type { TomlTable, TomlValue } from '../toml/toml.ts';

export interface Origin {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** One file of a profile, in the order of application. */
export interface Layer {
  readonly file: string;
  readonly table: TomlTable;
  readonly lines: KeyLines;
}

/** What each file says for itself only. */
const ownKeys: readonly string[] = ['schema', 'name', 'description', 'match', 'allow', 'extends'];

/** Later layers win; the last is the profile's own. Tables merge key by key, but a credential is replaced as a whole. */
export function mergeLayers(layers: readonly Layer[]): TomlTable {
  let merged: TomlTable = Object.create(null);
  for (const layer of layers) merged = mergeTables(merged, inheritable(layer, layers), []);
  return merged;
}

/** Where the value of a key stands, and in the which of the layers; undefined for a default. */
export function findLayer(
  layers: readonly Layer[],
  path: KeyPath,
): { readonly origin: Origin; readonly index: number } | undefined {
  for (const [index, layer] of [...layers.entries()].reverse()) {
    const table = inheritable(layer, layers);
    if (has(table, path)) {
      return { index, origin: { file: layer.file, line: layer.lines.lineOf(path) } };
    }
    // The credential of a later file hides that of an earlier one, also where it leaves a key out.
    if (path[0] === 'credentials' && path.length > 2 && has(table, path.slice(0, 2))) return undefined;
  }
  return undefined;
}

function inheritable(layer: Layer, layers: readonly Layer[]): TomlTable {
  if (layer === layers.at(-1)) return layer.table;
  const entries = Object.entries(layer.table).filter(([key]) => !ownKeys.includes(key));
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

function mergeTables(below: TomlTable, above: TomlTable, path: KeyPath): TomlTable {
  const merged: Record<string, TomlValue> = Object.assign(Object.create(null), below);
  for (const [key, value] of Object.entries(above)) {
    const replaced = merged[key];
    const mayMerge = isTable(value) && isTable(replaced) && path[0] !== 'credentials';
    merged[key] = mayMerge ? mergeTables(replaced, value, [...path, key]) : value;
  }
  return merged;
}

function has(table: TomlTable, path: KeyPath): boolean {
  let value: TomlValue | undefined = table;
  for (const part of path) {
    if (!isTable(value) || !Object.hasOwn(value, part)) return false;
    value = value[part];
  }
  return true;
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value);
}
