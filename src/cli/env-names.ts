/** What a .env file has to import: the names that the native step found, and the credentials that they become. */
import { isDangerousName } from '../core/dangerous-names.ts';
import { AgentKeysError, isAgentKeysError } from '../core/errors.ts';
import { parseServiceName } from '../core/ids.ts';

/** A name of the file, and the credential that it becomes. */
export interface EnvName {
  readonly line: number;
  readonly name: string;
  readonly service: string;
}

/** Why a line gives no credential. Only names that are known to be harmless to show are shown; a broken line may hold a value anywhere. */
export interface SkippedLine {
  readonly line: number;
  readonly name?: string;
  readonly reason: string;
}

export interface EnvNames {
  readonly names: readonly EnvName[];
  readonly skipped: readonly SkippedLine[];
}

/** Words of the native step, which are also those of native/client/env-file.c. */
const faults: Readonly<Record<string, string>> = {
  form: 'it is not NAME=VALUE',
  quote: 'its quote is never closed; nothing behind it was read',
  escape: 'it has a backslash before something else than n, r, t, ", \\ and $',
  backtick: 'its value begins with a backtick: put it into single quotes',
  empty: 'its value is empty',
  long: 'its value is longer than 65535 bytes',
  nul: 'its value contains a NUL byte',
  replaced: 'a later line of the same name cannot be used',
};

/** `text`: a line for each line of the file, `LINE NAME` or `LINE ?fault`. `wishes`: NAME → SERVICE as asked for. */
export function parseEnvNames(text: string, wishes: ReadonlyMap<string, string>): EnvNames {
  const names = new Map<string, EnvName>();
  const skipped: SkippedLine[] = [];
  for (const row of text.split('\n')) {
    const [, number, word = ''] = /^(\d+) (\S+)$/.exec(row) ?? [];
    if (number === undefined) continue;
    const line = Number(number);
    const reason = word.startsWith('?') ? (faults[word.slice(1)] ?? 'it cannot be used') : undefined;
    if (reason !== undefined) {
      skipped.push({ line, reason });
      continue;
    }
    const earlier = names.get(word);
    if (earlier !== undefined)
      skipped.push({
        line: earlier.line,
        name: word,
        reason: `it stands again in line ${line}, which counts`,
      });
    const found = toEnvName(line, word, wishes);
    if ('service' in found) names.set(word, found);
    else skipped.push(found);
  }
  return { names: [...names.values()], skipped: skipped.toSorted((one, other) => one.line - other.line) };
}

function toEnvName(line: number, name: string, wishes: ReadonlyMap<string, string>): EnvName | SkippedLine {
  if (isDangerousName(name)) return { line, name, reason: 'no agent may be given a variable of that name' };
  const service = wishes.get(name) ?? findService(name);
  if (service !== undefined) return { line, name, service };
  return { line, name, reason: 'no credential can have that name: choose one with --as' };
}

/** `OPENAI_API_KEY` → openai, `GITHUB_TOKEN` → github-token: what `run --with` makes a variable of again. */
function findService(name: string): string | undefined {
  const text = name
    .replace(/_API_KEY$/i, '')
    .toLowerCase()
    .replaceAll('_', '-');
  try {
    return parseServiceName(text);
  } catch (error) {
    if (isAgentKeysError(error)) return undefined;
    throw error;
  }
}

/** `NAME=SERVICE`, each once. Errors: `USAGE`, `NAME_INVALID`; neither repeats what was typed. */
export function parseWishes(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const [, name, service] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(word) ?? [];
      if (name === undefined || service === undefined)
        throw new AgentKeysError('USAGE', { rule: '--as takes NAME=SERVICE' });
      return [name, parseServiceName(service)];
    }),
  );
}
