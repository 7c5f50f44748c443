/** Turns what the schema found wrong into problems worded by us; the library's own messages are never used. */
import { z } from 'zod';
import { findNearest } from '../core/nearest.ts';
import { hiddenKey, type Problem, quoteKey } from './problem.ts';
import { profileSchema } from './schema.ts';
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

/** `table` is what was checked: it tells a missing key from one of a wrong type. */
export function describeIssues(issues: readonly Issue[], table: TomlTable): Problem[] {
  return issues.flatMap((issue) => describeIssue(issue, table));
}

function describeIssue(issue: Issue, table: TomlTable): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'invalid_union') return describeChoice(issue, table);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], rule: describeUnknown(key, path) }));
  }
  const subject = describeSubject(issue.path);
  if (!isPresent(table, path)) return [{ path, rule: `${subject} is missing` }];
  return [{ path, rule: `${subject} ${describeFault(issue)}` }];
}

function describeFault(issue: Issue): string {
  // Custom messages are the ones written in schema.ts.
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'invalid_type') {
    const isListed = typeof issue.path.at(-1) === 'number';
    return `must ${isListed ? 'list only' : 'be'} ${nameType(issue.expected)}`;
  }
  return 'is not valid';
}

/** The alternative of the right type tells what is wrong in it; where none is, all of them are named. */
function describeChoice(issue: z.core.$ZodIssueInvalidUnion, table: TomlTable): Problem[] {
  const mismatches = issue.errors.map(([first]) => (isOfWrongType(first) ? first.expected : undefined));
  const begun = issue.errors[mismatches.indexOf(undefined)];
  const path = issue.path.map(String);
  if (begun === undefined) {
    const words = mismatches.map((expected) => nameType(expected ?? '')).join(' or ');
    return [{ path, rule: `${describeSubject(issue.path)} must be ${words}` }];
  }
  return describeIssues(
    begun.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })),
    table,
  );
}

function isOfWrongType(issue: Issue | undefined): issue is z.core.$ZodIssueInvalidType {
  return issue?.code === 'invalid_type' && issue.path.length === 0;
}

function nameType(expected: string): string {
  return typeWords[expected] ?? 'of another type';
}

function describeUnknown(key: string, table: readonly string[]): string {
  const shown = quoteKey(key);
  const nearest = findNearest(key, knownKeys(table));
  if (shown === hiddenKey || nearest === undefined) return 'a key here is unknown';
  return `${shown} is not a known key; the nearest known key is '${nearest}'`;
}

/** The keys of the schema's own table at this path; a name that a person chose stands for any. */
function knownKeys(table: readonly string[]): string[] {
  let schema: unknown = profileSchema;
  for (const part of table) schema = findChild(schema, part);
  const shape = findShape(schema);
  return shape === undefined ? [] : Object.keys(shape);
}

/** The last part of the path that is a key and not a place in a list. */
function describeSubject(path: readonly PropertyKey[]): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined ? 'the profile' : quoteKey(key);
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
