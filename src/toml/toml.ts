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
const reservedRule = 'a key here has a reserved name';
const reservedKeys: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Hostile input: `text` is whatever stands in a file. Tables of the result have no prototype. */
export function parseToml(text: string): TomlResult {
  let raw: unknown;
  closeInherited();
  try {
    raw = TOML.parse(text);
  } catch (error) {
    // WHY NOT keep it as `cause`: its message quotes the lines around the mistake.
    return { kind: 'syntax', ...(findPosition(error) ?? describeUnplaced(text, error)) };
  }
  const problems: Problem[] = [];
  const table = copyTable(raw, [], problems);
  const problem = problems[0];
  return problem === undefined ? { kind: 'table', table } : { kind: 'content', problem };
}

interface SyntaxProblem {
  readonly line: number;
  readonly rule: string;
}

function findPosition(error: unknown): SyntaxProblem | undefined {
  if (typeof error !== 'object' || error === null || !('line' in error && 'col' in error)) return undefined;
  const { line, col } = error;
  if (typeof line !== 'number' || typeof col !== 'number') return undefined;
  return { line: line + 1, rule: `this is not TOML, or it defines a key twice: column ${col + 1}` };
}

/**
 * The parser finds `toString` in a table that has none, since its tables inherit, and would write into what it found: `toString.call
 * = 1` in a profile would break every program that has read it. Closed against new properties, it is an error instead.
 */
function closeInherited(): void {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(Object.prototype)))
    if (typeof value === 'function') Object.preventExtensions(value);
}

/**
 * Of a date such as the 32nd, and of a key that every object has, the parser does not tell where it stands: the first line up to
 * which it complains like that is looked for by halves.
 */
function describeUnplaced(text: string, error: unknown): SyntaxProblem {
  const rule = describeStranger(error);
  const lines = text.split('\n');
  let [before, upTo] = [0, lines.length];
  while (upTo - before > 1) {
    const middle = Math.floor((before + upTo) / 2);
    if (isUnplaced(lines.slice(0, middle).join('\n'))) upTo = middle;
    else before = middle;
  }
  return { line: upTo, rule };
}

function describeStranger(error: unknown): string {
  if (!(error instanceof TypeError)) return 'the text is nested too deeply';
  return error.message === 'Invalid Datetime' ? 'there is no such date or time' : reservedRule;
}

/** Whether the parser refuses the text without a place; a text that ends too early is refused with one. */
function isUnplaced(text: string): boolean {
  try {
    TOML.parse(text);
    return false;
  } catch (error) {
    return findPosition(error) === undefined;
  }
}

function copyTable(raw: unknown, path: KeyPath, problems: Problem[]): TomlTable {
  const table: Record<string, TomlValue> = Object.create(null);
  if (typeof raw !== 'object' || raw === null) return table;
  for (const [key, value] of Object.entries(raw)) {
    if (reservedKeys.includes(key)) problems.push({ path: [...path, key], rule: reservedRule });
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
