/** Tests that use a program which a machine may lack; without it they count as skipped, and CI refuses that. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ImplementationFn } from 'ava';

/** A name on PATH, or an absolute path. */
export function withTools(
  tools: readonly string[],
  title: string,
  implementation: ImplementationFn<[]>,
): void {
  const missing = tools.filter((tool) => !isThere(tool));
  if (missing.length === 0) test(title, implementation);
  else test.skip(`${title} (needs ${missing.join(', ')}: sh .ci/packages)`, implementation);
}

/** The same for root alone. */
export function withToolsAsRoot(
  tools: readonly string[],
  title: string,
  implementation: ImplementationFn<[]>,
): void {
  if (process.getuid?.() === 0) withTools(tools, title, implementation);
  else test.skip(title, implementation);
}

function isThere(tool: string): boolean {
  if (tool.startsWith('/')) return existsSync(tool);
  return (process.env.PATH ?? '').split(':').some((directory) => mayExecute(join(directory, tool)));
}

function mayExecute(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // whatever keeps it from being executed, it cannot be used
  }
}
