/** The keys of a profile for its manual page, read off the schema. */
import { profileSchema } from '../../../src/profile/schema.ts';
import { escapeArgument, formatTags, formatText, type Item } from './mdoc.ts';

/** What this page needs of a schema; zod gives no narrower type for walking one. */
interface Schema {
  readonly description?: string | undefined;
  readonly def: {
    readonly type: string;
    readonly innerType?: Schema;
    readonly element?: Schema;
    readonly valueType?: Schema;
    readonly options?: readonly Schema[];
    readonly shape?: Readonly<Record<string, Schema>>;
    readonly entries?: Readonly<Record<string, string>>;
    readonly values?: readonly unknown[];
    readonly defaultValue?: unknown;
  };
}

export interface ProfileKey {
  readonly key: string;
  readonly kind: string;
  readonly description: string;
  readonly otherwise?: string;
}

/** Every key, tables before what is in them. */
export function listProfileKeys(): ProfileKey[] {
  return listKeys(profileSchema as unknown as Schema, '');
}

function listKeys(schema: Schema, prefix: string): ProfileKey[] {
  return Object.entries(schema.def.shape ?? {}).flatMap(([name, member]) => {
    const key = `${prefix}${name}`;
    const { inner, otherwise } = unwrap(member);
    const row = { key, kind: nameKind(inner), description: member.description ?? inner.description ?? '' };
    const table = inner.def.type === 'union' ? inner.def.options?.find(isTable) : inner;
    const entries = table?.def.type === 'record' ? listKeys(requireEntry(table), `${key}.NAME.`) : [];
    return [
      otherwise === undefined ? row : { ...row, otherwise },
      ...entries,
      ...(table === undefined ? [] : listKeys(table, `${key}.`)),
    ];
  });
}

function requireEntry({ def }: Schema): Schema {
  return def.valueType ?? { def: { type: 'string' } };
}

function isTable({ def }: Schema): boolean {
  return def.type === 'object';
}

/** Off with `optional`, `default` and `prefault`, of which only the default of a plain value is worth a word. */
function unwrap(schema: Schema): { readonly inner: Schema; readonly otherwise?: string } {
  const { innerType, type, defaultValue } = schema.def;
  if (innerType === undefined) return { inner: schema };
  const found = unwrap(innerType);
  const isPlain = type === 'default' && ['string', 'number', 'boolean'].includes(typeof defaultValue);
  return isPlain ? { ...found, otherwise: String(defaultValue) } : found;
}

function nameKind({ def }: Schema): string {
  switch (def.type) {
    case 'literal':
      return (def.values ?? []).join(', ');
    case 'enum':
      return Object.values(def.entries ?? {}).join(', ');
    case 'array':
      return 'list of texts';
    case 'record':
    case 'object':
      return 'table';
    case 'union':
      return (def.options ?? []).map(nameKind).join(' or ');
    case 'string':
      return 'text';
    default:
      return def.type;
  }
}

export function formatProfileKeys(): string[] {
  const items: Item[] = listProfileKeys().map(({ key, kind, description, otherwise }) => ({
    head: [`.It Ic ${escapeArgument(key)} Pq ${escapeArgument(kind)}`],
    text: formatText(
      `${description}${otherwise === undefined ? '' : `; ${otherwise} if absent`}`.replaceAll('`', ''),
    ),
  }));
  return formatTags(items);
}
