/** TOML text to plain tables; of what the parser says about a mistake only line and column are kept. */
import TOML from '@iarna/toml';
import type { KeyPath } from './key-lines.ts';
import type { Problem } from './problem.ts';

export type TomlValue = string | number | boolean | readonly TomlValue[] | TomlTable;
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

export type TomlResult =
  | { readonly kind: 'table'; readonly table: TomlTable }
  | { readonly kind: 'syntax'; readonly line: number; readonly rule: string }
  | { readonly kind: 'content'; readonly problem: Problem };

/** No file of ours needs more than four levels; a hostile text of thousands must not reach the schema. */
const maxDepth = 8;
const reservedKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Hostile input: `text` is whatever stands in a file. Tables of the result have no prototype. */
export function parseToml(text: string): TomlResult {
  let raw: unknown;
  try {
    raw = TOML.parse(text);
  } catch (error) {
    // WHY NOT keep it as `cause`: its message quotes the lines around the mistake.
    return { kind: 'syntax', ...describeSyntaxError(error) };
  }
  const problems: Problem[] = [];
  const table = copyTable(raw, [], problems);
  const problem = problems[0];
  return problem === undefined ? { kind: 'table', table } : { kind: 'content', problem };
}

function describeSyntaxError(error: unknown): { line: number; rule: string } {
  if (typeof error === 'object' && error !== null && 'line' in error && 'col' in error) {
    const { line, col } = error;
    if (typeof line === 'number' && typeof col === 'number') {
      return { line: line + 1, rule: `this is not TOML, or it defines a key twice: column ${col + 1}` };
    }
  }
  return { line: 1, rule: 'the text is nested too deeply' };
}

function copyTable(raw: unknown, path: KeyPath, problems: Problem[]): TomlTable {
  const table: Record<string, TomlValue> = Object.create(null);
  if (typeof raw !== 'object' || raw === null) return table;
  for (const [key, value] of Object.entries(raw)) {
    if (reservedKeys.includes(key)) problems.push({ path, rule: 'a key here has a reserved name' });
    else table[key] = copyValue(value, [...path, key], problems);
    if (problems.length > 0) break;
  }
  return table;
}

/** Dates and whole numbers beyond 2^53 come as objects and bigints; no key takes them. */
function copyValue(value: unknown, path: KeyPath, problems: Problem[]): TomlValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (path.length > maxDepth) problems.push({ path, rule: 'the text is nested too deeply' });
  else if (Array.isArray(value)) return value.map((item) => copyValue(item, [...path, ''], problems));
  else if (typeof value === 'object' && !(value instanceof Date)) return copyTable(value, path, problems);
  else problems.push({ path, rule: 'dates and very large numbers have no place here' });
  return '';
}
