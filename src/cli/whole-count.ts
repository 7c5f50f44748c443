/** A number on a command line that says how many. */
import { AgentKeysError } from '../core/errors.ts';

export const maxCount = 10_000;

/** undefined: the option was not given. Errors: `USAGE`, naming the option. */
export function parseCount(given: unknown, option: string): number | undefined {
  if (given === undefined) return undefined;
  const count = typeof given === 'string' && /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > maxCount)
    throw new AgentKeysError('USAGE', { rule: `${option} takes a number from 1 to ${maxCount}` });
  return count;
}
