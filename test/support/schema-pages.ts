/** What docs/ says of the two TOML formats: a table of keys for each page, and the JSON Schema. All of it is made of the schemas. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configSchema, keysInEffect } from '../../src/config/schema.ts';
import { profileSchema } from '../../src/profile/schema.ts';
import { root } from './source-tree.ts';

/** The keywords of JSON Schema that ours have, and one of our own. */
interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly required?: readonly string[];
  readonly 'x-in-effect'?: string;
}

export interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

export const keyTableHead: readonly string[] = ['key', 'value', 'if absent', 'meaning', 'in effect'];

export function rowsOfProfileKeys(): string[][] {
  return rowsOf(jsonOf(profileSchema), { path: '', inEffect: 'yes' });
}

export function rowsOfConfigKeys(): string[][] {
  return rowsOf(jsonOf(configSchema), { path: '', inEffect: '' }).map(([key = '', ...cells]) => {
    const isInEffect = keysInEffect.includes(key.replaceAll('`', ''));
    return [key, ...cells.slice(0, -1), isInEffect ? 'yes' : 'refused'];
  });
}

export function schemaFiles(): readonly SchemaFile[] {
  return [
    formatFile('profile', 'A profile of agentkeys', profileSchema),
    formatFile('config', 'The configuration of agentkeys', configSchema),
  ];
}

export function readSchemaFile(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function writeSchemaFiles(): void {
  mkdirSync(join(root, 'docs/schema'), { recursive: true });
  for (const { path, text } of schemaFiles()) writeFileSync(join(root, path), text);
}

function formatFile(name: string, title: string, schema: z.ZodObject): SchemaFile {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return {
    path: `docs/schema/${name}.schema.json`,
    text: `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`,
  };
}

/** The cast holds as far as a row needs it: a keyword that is read below and absent shows as an empty cell. */
function jsonOf(schema: z.ZodObject): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
}

interface Place {
  /** With a dot at its end, or empty. */
  readonly path: string;
  /** What holds for every key within, unless it says otherwise. */
  readonly inEffect: string;
}

/** A row for each key with a value; of tables only those whose name a person chooses. */
function rowsOf(table: JsonSchema, place: Place): string[][] {
  return Object.entries(table.properties ?? {}).flatMap(([key, schema]) => {
    const isRequired = table.required?.includes(key) ?? false;
    return rowsOfKey(`${place.path}${key}`, schema, { ...place, isRequired });
  });
}

function rowsOfKey(
  path: string,
  schema: JsonSchema,
  place: Place & { readonly isRequired: boolean },
): string[][] {
  const inEffect = schema['x-in-effect'] ?? place.inEffect;
  const within = (table: JsonSchema, name = path) => rowsOf(table, { path: `${name}.`, inEffect });
  if (schema.properties !== undefined) return within(schema);
  const entry = schema.additionalProperties || undefined;
  const isNamed = entry?.type === 'object';
  const name = isNamed ? `${path}.NAME` : path;
  const cells = [
    formatValue(schema),
    formatDefault(schema, place.isRequired),
    schema.description ?? '',
    inEffect,
  ];
  const tables = isNamed ? [entry] : (schema.anyOf?.filter(({ properties }) => properties) ?? []);
  return [[`\`${name}\``, ...cells], ...tables.flatMap((inner) => within(inner, name))];
}

function formatValue({ type, title, const: only, enum: words, items, anyOf, ...schema }: JsonSchema): string {
  if (only !== undefined) return `\`${only}\``;
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(', ');
  if (anyOf !== undefined) return anyOf.map(formatValue).join(' or ');
  if (items !== undefined) return `list: ${formatValue(items)}`;
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'integer') return formatRange(schema);
  if (type === 'object') return schema.additionalProperties === undefined ? 'table' : formatTableOf(schema);
  return title ?? 'text';
}

function formatTableOf({ additionalProperties }: JsonSchema): string {
  return additionalProperties && additionalProperties.type === 'string' ? 'table of text' : 'table';
}

function formatRange({ minimum, maximum }: JsonSchema): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`;
}

function formatDefault({ default: value }: JsonSchema, isRequired: boolean): string {
  if (isRequired) return 'an error';
  if (value === undefined) return '–';
  if (typeof value === 'object') return 'none';
  return `\`${value}\``;
}
