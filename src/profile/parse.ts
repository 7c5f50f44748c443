/** The one way from the text of a profile to a `Profile`. */
import { AgentKeysError } from '../core/errors.ts';
import { buildProfile } from './build.ts';
import { describeIssues } from './issues.ts';
import { findKeyLines, type KeyLines } from './key-lines.ts';
import { type Problem, quoteKey } from './problem.ts';
import type { Profile, ProfileChecks } from './profile.ts';
import { type ProfileSource, profileSchema } from './schema.ts';
import { parseToml } from './toml.ts';

export interface ProfileText {
  readonly text: string;
  /** What messages call the file. */
  readonly file: string;
}

/** What one launch message to the spawner has room for beside the credentials' names. */
const maxEnvironmentBytes = 16 * 1024;

/** Hostile input: `text`. Errors: `PROFILE_INVALID` with file, line and rule; no message shows a value of the text. */
export function parseProfile(input: ProfileText & ProfileChecks): Profile {
  const toml = parseToml(input.text);
  if (toml.kind === 'syntax') throw invalid(input.file, toml.line, toml.rule);
  const lines = findKeyLines(input.text);
  if (toml.kind === 'content') throw firstProblem(input.file, lines, [toml.problem]);
  // A file of a later format is told so, whatever else it says.
  const read = profileSchema.safeParse(toml.table);
  if (!read.success) {
    const isOtherFormat = typeof toml.table.schema === 'number' && toml.table.schema !== 1;
    const issues = read.error.issues.filter((issue) => !isOtherFormat || issue.path[0] === 'schema');
    throw firstProblem(input.file, lines, describeIssues(issues, toml.table));
  }
  const problems = findConflicts(read.data, input);
  if (problems.length > 0) throw firstProblem(input.file, lines, problems);
  return buildProfile(read.data);
}

/** What no single key shows. */
function findConflicts(source: ProfileSource, checks: ProfileChecks): Problem[] {
  const problems: Problem[] = [];
  for (const [variable, credential] of Object.entries(source.credentials)) {
    const path = ['credentials', variable];
    if (!checks.checkReference(credential.from)) {
      problems.push({
        path: [...path, 'from'],
        rule: "'from' is not a reference; one looks like vault:openai",
      });
    }
    if (!checks.checkDelivery(credential.deliver)) {
      problems.push({ path: [...path, 'deliver'], rule: "'deliver' is not a delivery mode; one is 'env'" });
    }
    if (Object.hasOwn(source.environment.set, variable)) {
      const rule = `${quoteKey(variable)} is the target of a credential and of environment.set`;
      problems.push({ path: ['environment', 'set', variable], rule });
    }
  }
  if (countEnvironmentBytes(source.environment) > maxEnvironmentBytes) {
    const rule = `'environment' has more than ${maxEnvironmentBytes} bytes of names and values`;
    problems.push({ path: ['environment'], rule });
  }
  return problems;
}

function countEnvironmentBytes(environment: ProfileSource['environment']): number {
  const texts = [...environment.pass, ...environment.unset, ...Object.entries(environment.set).flat()];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}

/** The problem that stands first in the file. */
function firstProblem(file: string, lines: KeyLines, problems: readonly Problem[]): AgentKeysError {
  const placed = problems.map((problem) => ({ line: lines.lineOf(problem.path), rule: problem.rule }));
  const first = placed.reduce((one, other) => (other.line < one.line ? other : one));
  return invalid(file, first.line, first.rule);
}

function invalid(file: string, line: number, rule: string): AgentKeysError {
  return new AgentKeysError('PROFILE_INVALID', { file, line, rule });
}
