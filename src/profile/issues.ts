/** Turns what the schema found wrong into problems worded by us; the library's own messages are never used. */
import type { z } from 'zod';
import { findNearest } from '../core/nearest.ts';
import { hiddenKey, type Problem, quoteKey } from './problem.ts';
import { credentialSchema, environmentSchema, laterKeys, profileSchema } from './schema.ts';
import type { TomlTable } from './toml.ts';

type Issue = z.core.$ZodIssue;

const typeWords: Readonly<Record<string, string>> = {
  string: 'text in quotes',
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
    return `must ${isListed ? 'list only' : 'be'} ${typeWords[issue.expected] ?? 'of another type'}`;
  }
  return 'is not valid';
}

function describeUnknown(key: string, table: readonly string[]): string {
  if (laterKeys.includes(key)) return `${quoteKey(key)} is not supported yet`;
  const shown = quoteKey(key);
  const nearest = findNearest(key, knownKeys(table));
  if (shown === hiddenKey || nearest === undefined) return 'a key here is unknown';
  return `${shown} is not a known key; the nearest known key is '${nearest}'`;
}

function knownKeys(table: readonly string[]): string[] {
  if (table.length === 0) return Object.keys(profileSchema.shape);
  return Object.keys((table[0] === 'credentials' ? credentialSchema : environmentSchema).shape);
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
