/** Tables of plain values as TOML text, one key a line. */
import { isTable, type KeyPath, type SourceTable, type SourceValue } from './source.ts';

/** Bare keys need no quotes. */
const BARE = /^[A-Za-z0-9_-]+$/;
/** What TOML wants escaped, and what a terminal would act on. */
const UNSAFE = /["\\]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Lines without their ends. `remark` gives a comment for a key: safe to show, without a line feed. */
export function formatToml(
  table: SourceTable,
  remark: (path: KeyPath) => string | undefined = () => undefined,
): string[] {
  return formatTable(table, [], remark);
}

function formatTable(
  table: SourceTable,
  path: KeyPath,
  remark: (path: KeyPath) => string | undefined,
): string[] {
  const entries = Object.entries(table);
  // ORDER: a table's own keys before the headers of those within.
  const own = entries.flatMap(([key, value]) => {
    if (isTable(value)) return [];
    const comment = remark([...path, key]);
    return [`${formatKey(key)} = ${formatValue(value)}${comment === undefined ? '' : ` # ${comment}`}`];
  });
  const header = path.length > 0 && own.length > 0 ? ['', `[${path.map(formatKey).join('.')}]`] : [];
  const inner = entries.flatMap(([key, value]) =>
    isTable(value) ? formatTable(value, [...path, key], remark) : [],
  );
  return [...header, ...own, ...inner];
}

function formatKey(key: string): string {
  return BARE.test(key) ? key : formatText(key);
}

function formatValue(value: Exclude<SourceValue, SourceTable>): string {
  if (typeof value === 'string') return formatText(value);
  if (typeof value === 'number') return String(value);
  return `[${value.map(formatText).join(', ')}]`;
}

function formatText(text: string): string {
  const escaped = text.replace(UNSAFE, (found) =>
    found === '"' || found === '\\'
      ? `\\${found}`
      : `\\U${(found.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
  return `"${escaped}"`;
}
