/** From a text to the data that a schema describes, or to the first thing that is wrong with it. */
import type { z } from 'zod';
import type { AgentKeysError } from '../core/errors.ts';
import { type FileKind, invalidAt } from './file-kind.ts';
import { describeIssues } from './issues.ts';
import { findKeyLines, type KeyLines } from './key-lines.ts';
import type { Problem } from './problem.ts';
import { parseToml, type TomlTable } from './toml.ts';

export interface TextToCheck<Schema extends z.ZodObject> {
  readonly text: string;
  /** What messages call the file. */
  readonly file: string;
  readonly kind: FileKind;
  readonly schema: Schema;
  /** What else is wrong with the table as it stands, or what of it does not matter; given what the schema found. */
  readonly amend?: (problems: readonly Problem[], table: TomlTable) => readonly Problem[];
}

export interface CheckedText<Schema extends z.ZodObject> {
  readonly source: z.output<Schema>;
  /** As it stands, without defaults. */
  readonly table: TomlTable;
  readonly lines: KeyLines;
}

export type TableResult<Source> =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** Hostile input: `text`. Errors: the invalid code of its kind, with file, line and rule; none shows a value of the text. */
export function checkText<Schema extends z.ZodObject>(input: TextToCheck<Schema>): CheckedText<Schema> {
  const { text, file, kind, schema } = input;
  const toml = parseToml(text);
  if (toml.kind === 'syntax') throw invalidAt(kind, { file, line: toml.line }, toml.rule);
  const lines = findKeyLines(text);
  if (toml.kind === 'content') throw firstProblem(input, lines, [toml.problem]);
  const { table } = toml;
  const result = checkTable(table, { schema, noun: kind.noun });
  const found = result.kind === 'problems' ? result.problems : [];
  const problems = input.amend?.(found, table) ?? found;
  if (problems.length > 0) throw firstProblem(input, lines, problems);
  if (result.kind === 'problems') throw firstProblem(input, lines, found);
  return { source: result.source, table, lines };
}

export function checkTable<Schema extends z.ZodObject>(
  table: TomlTable,
  { schema, noun }: { readonly schema: Schema; readonly noun: string },
): TableResult<z.output<Schema>> {
  const read = schema.safeParse(table);
  if (read.success) return { kind: 'source', source: read.data };
  return { kind: 'problems', problems: describeIssues(read.error.issues, { table, schema, noun }) };
}

/** The problem that stands first in the file; of one line, the one that was found first. */
export function firstProblem(
  { file, kind }: { readonly file: string; readonly kind: FileKind },
  lines: KeyLines,
  problems: readonly Problem[],
): AgentKeysError {
  const placed = problems.map((problem) => ({ line: lines.lineOf(problem.path), rule: problem.rule }));
  const first = placed.reduce((one, other) => (other.line < one.line ? other : one));
  return invalidAt(kind, { file, line: first.line }, first.rule);
}
