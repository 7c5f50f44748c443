/** Reads config.toml, checked as a profile is: what the daemon goes by, or why it must not start. */
import { join } from 'node:path';
import { checkText } from '../toml/check.ts';
import { createTextFiles, type TextFilesParts } from '../toml/file.ts';
import type { FileKind } from '../toml/file-kind.ts';
import { freezeRecord } from '../toml/frozen.ts';
import type { Problem } from '../toml/problem.ts';
import type { TomlTable } from '../toml/toml.ts';
import { configSchema, keysInEffect, listConfigKeys } from './schema.ts';

/** Only what is in effect. */
export interface Config {
  readonly auditDurability: 'sync' | 'batched';
  readonly hardening: 'report' | 'strict';
}

const configKind: FileKind = {
  noun: 'the configuration',
  invalidCode: 'CONFIG_INVALID',
  unsafeCode: 'CONFIG_UNSAFE',
};

export function configPath(directory: string): string {
  return join(directory, 'config.toml');
}

/**
 * `directory` is the configuration directory. Without a file everything has its default.
 * Errors: `CONFIG_UNSAFE`, `CONFIG_INVALID`.
 */
export function readConfig({
  directory,
  ...parts
}: { readonly directory: string } & Omit<TextFilesParts, 'kind'>): Config {
  const files = createTextFiles({ ...parts, kind: configKind });
  const file = configPath(directory);
  const opened = files.hasSafeDirectory(directory) ? files.openText(file) : undefined;
  return parseConfig({ text: opened?.text ?? '', file });
}

/** Hostile input: `text`. Errors: `CONFIG_INVALID` with file, line and rule; no message shows a value of the text. */
export function parseConfig({ text, file }: { readonly text: string; readonly file: string }): Config {
  const { source } = checkText({ text, file, kind: configKind, schema: configSchema, amend: refuseOthers });
  return freezeRecord({ auditDurability: source.audit.durability, hardening: source.hardening });
}

/** What is wrong with the value of a key that is refused anyway does not matter. */
function refuseOthers(problems: readonly Problem[], table: TomlTable): readonly Problem[] {
  const refused = listConfigKeys().filter((key) => !keysInEffect.includes(key) && isPresent(table, key));
  const others = problems.filter(({ path }) => !refused.some((key) => isWithin(path, key)));
  return [
    ...others,
    ...refused.map((key) => ({
      path: key.split('.'),
      rule: `'${key}' is not supported by this version yet`,
    })),
  ];
}

function isWithin(path: readonly string[], key: string): boolean {
  return `${path.join('.')}.`.startsWith(`${key}.`);
}

function isPresent(table: TomlTable, key: string): boolean {
  const [first = '', second] = key.split('.');
  const value = table[first];
  if (second === undefined || value === undefined) return value !== undefined;
  return typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, second);
}
