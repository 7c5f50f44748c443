/** What every refusal of a file must look like: a code, the file's name, one of the known rules, and nothing of a value. */
import type { ExecutionContext } from 'ava';
import { type AgentKeysError, type ErrorCode, isAgentKeysError } from '../../../src/core/errors.ts';
import { corruptRules, unsafeRules } from '../../../src/vault/rules.ts';

const rules: Partial<Record<ErrorCode, readonly string[]>> = {
  VAULT_CORRUPT: Object.values(corruptRules),
  STATE_UNSAFE: Object.values(unsafeRules),
};

export function caught(attempt: () => unknown): AgentKeysError | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (isAgentKeysError(error)) return error;
    throw error;
  }
}

export function assertRefused(
  t: ExecutionContext,
  attempt: () => unknown,
  expected: { code: 'VAULT_CORRUPT' | 'STATE_UNSAFE'; file: string; rule?: string; note?: string },
): void {
  const { code, file, rule, note } = expected;
  const error = caught(attempt);
  t.is(error?.code, code, note);
  t.is(error?.context.file, file, note);
  t.true(rules[code]?.includes(String(error?.context.rule)), note);
  if (rule !== undefined) t.is(error?.context.rule, rule, note);
}
