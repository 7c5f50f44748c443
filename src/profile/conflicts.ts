/** What no single key of a profile shows: references and modes that do not exist, a variable given twice, too much of all. */
import { deliveryModeWords } from '../core/delivery-modes.ts';
import { type Problem, quoteKey } from '../toml/problem.ts';
import type { ProfileChecks } from './profile.ts';
import type { ProfileSource } from './schema.ts';

/** What one launch message to the spawner has room for beside the credentials' names. */
const maxEnvironmentBytes = 16 * 1024;

export function findConflicts(source: ProfileSource, checks: ProfileChecks): Problem[] {
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
      problems.push({ path: [...path, 'deliver'], rule: describeMode(credential.deliver) });
    }
    if (Object.hasOwn(source.environment.set, variable)) {
      const rule = `${quoteKey(variable)} is the target of a credential and of environment.set`;
      problems.push({ path: ['environment', 'set', variable], related: path, rule });
    }
  }
  if (countEnvironmentBytes(source.environment) > maxEnvironmentBytes) {
    const rule = `'environment' has more than ${maxEnvironmentBytes} bytes of names and values`;
    problems.push({ path: ['environment'], rule });
  }
  return problems;
}

function describeMode(mode: string): string {
  const isNamed = Object.hasOwn(deliveryModeWords, mode);
  return isNamed
    ? "'deliver' is a mode that this version does not have yet; it has 'env'"
    : "'deliver' is not a delivery mode; one is 'env'";
}

function countEnvironmentBytes(environment: ProfileSource['environment']): number {
  const texts = [...environment.pass, ...environment.unset, ...Object.entries(environment.set).flat()];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
}
