/** Turns what the schema found wrong into problems worded by us; the library's own messages are never used. */
import { z } from 'zod';
import { findNearest } from '../core/nearest.ts';
import { hiddenKey, type Problem, quoteKey } from './problem.ts';
import type { TomlTable } from './toml.ts';

type Issue = z.core.$ZodIssue;

const typeWords: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list in brackets',
  object: 'a table',
  record: 'a table',
};

export interface CheckedTable {
  /** Tells a missing key from one of a wrong type. */
  readonly table: TomlTable;
  readonly schema: z.ZodObject;
  /** What messages call the whole text. */
  readonly noun: string;
}

/**
 * A custom issue of the schema carries our words as its message, and may name the key that it contradicts, a neighbour of its
 * own, as `params.contradicts`.
 */
export function describeIssues(issues: readonly Issue[], checked: CheckedTable): Problem[] {
  const mistyped = issues
    .filter(({ code }) => code === 'unrecognized_keys')
    .map(({ path }) => path.join('\0'));
  return issues
    .filter((issue) => !(isMissing(issue, checked) && mistyped.includes(issue.path.slice(0, -1).join('\0'))))
    .flatMap((issue) => describeIssue(issue, checked));
}

/** Beside an unknown key, which may be it, mistyped, that is no news. */
function isMissing(issue: Issue, checked: CheckedTable): boolean {
  return (
    issue.code !== 'custom' && !isPresent(checked.table, issue.path.map(String)) && issue.path.length > 0
  );
}

function describeIssue(issue: Issue, checked: CheckedTable): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'invalid_union') return describeChoice(issue, checked);
  if (issue.code === 'unrecognized_keys') {
    const known = findKnownKeys(checked.schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], rule: describeUnknown(key, known) }));
  }
  const subject = describeSubject(issue.path, checked);
  const rule = `${subject} ${describeFault(issue)}`;
  const isThere = isPresent(checked.table, path);
  if (issue.code !== 'custom') return [{ path, rule: isThere ? rule : `${subject} is missing` }];
  const contradicted: unknown = issue.params?.contradicts;
  if (typeof contradicted !== 'string') return [{ path, rule }];
  const related = [...path.slice(0, -1), contradicted];
  // A default is contradicted by what was written.
  return [isThere ? { path, related, rule } : { path: related, related: path, rule }];
}

function describeFault(issue: Issue): string {
  // Custom messages are ours: they stand in the schemas.
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'invalid_type') {
    const isListed = typeof issue.path.at(-1) === 'number';
    return `must ${isListed ? 'list only' : 'be'} ${nameType(issue.expected)}`;
  }
  return 'is not valid';
}

/** The alternative of the right type tells what is wrong in it; where none is, all of them are named. */
function describeChoice(issue: z.core.$ZodIssueInvalidUnion, checked: CheckedTable): Problem[] {
  const mismatches = issue.errors.map(([first]) => (isOfWrongType(first) ? first.expected : undefined));
  const begun = issue.errors[mismatches.indexOf(undefined)];
  const path = issue.path.map(String);
  if (begun === undefined) {
    const words = mismatches.map((expected) => nameType(expected ?? '')).join(' or ');
    return [{ path, rule: `${describeSubject(issue.path, checked)} must be ${words}` }];
  }
  return describeIssues(
    begun.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
    checked,
  );
}

function isOfWrongType(issue: Issue | undefined): issue is z.core.$ZodIssueInvalidType {
  return issue?.code === 'invalid_type' && issue.path.length === 0;
}

function nameType(expected: string): string {
  return typeWords[expected] ?? 'of another type';
}

function describeUnknown(key: string, known: readonly string[]): string {
  const shown = quoteKey(key);
  const nearest = findNearest(key, known);
  if (shown === hiddenKey || nearest === undefined) return 'a key here is unknown';
  return `${shown} is not a known key; the nearest known key is '${nearest}'`;
}

/** The keys of the schema's own table at this path; a name that a person chose stands for any. */
function findKnownKeys(whole: z.ZodObject, table: readonly string[]): string[] {
  let schema: unknown = whole;
  for (const part of table) schema = findChild(schema, part);
  const shape = findShape(schema);
  return shape === undefined ? [] : Object.keys(shape);
}

/** The last part of the path that is a key and not a place in a list. */
function describeSubject(path: readonly PropertyKey[], { noun }: CheckedTable): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined ? noun : quoteKey(key);
}

function isPresent(table: TomlTable, path: readonly string[]): boolean {
  let value: unknown = table;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return false;
    value = Reflect.get(value, part);
  }
  return true;
}

function findChild(schema: unknown, key: string): unknown {
  const table = unwrap(schema);
  if (table instanceof z.ZodRecord) return table.valueType;
  const shape = findShape(table);
  return shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : undefined;
}

function findShape(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  const table = unwrap(schema);
  return table instanceof z.ZodObject ? table.shape : undefined;
}

/** Without what only adds a default; of a choice, the table. */
function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrap(schema.unwrap());
  if (schema instanceof z.ZodUnion)
    return schema.options.map(unwrap).find((option) => option instanceof z.ZodObject);
  return schema;
}
