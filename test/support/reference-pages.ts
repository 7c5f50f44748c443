/** The tables of docs/ that repeat what the code declares. `node test/support/reference-pages.ts` writes them into the pages. */
import { readFileSync, writeFileSync } from 'node:fs';
import { errorCatalogue } from '../../src/core/errors.ts';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { launchStages } from '../../src/core/stages.ts';
import { keyTableHead, rowsOfConfigKeys, rowsOfProfileKeys, writeSchemaFiles } from './schema-pages.ts';

export interface ReferenceTable {
  readonly page: string;
  /** The table stands between two comments of this name. */
  readonly marker: string;
  readonly table: string;
}

export const referenceTables: readonly ReferenceTable[] = [
  {
    page: 'docs/exit-codes.md',
    marker: 'exit-codes',
    table: formatTable(['code', 'name', 'meaning'], rowsOfExitCodes()),
  },
  {
    page: 'docs/errors.md',
    marker: 'errors',
    table: formatTable(['code', 'message', 'what to do', 'exit'], rowsOfErrors()),
  },
  {
    page: 'docs/errors.md',
    marker: 'stages',
    table: formatTable(['stage', 'meaning'], rowsOfStages()),
  },
  {
    page: 'docs/profiles.md',
    marker: 'profile-keys',
    table: formatTable(keyTableHead, rowsOfProfileKeys()),
  },
  {
    page: 'docs/config.md',
    marker: 'config-keys',
    table: formatTable(keyTableHead, rowsOfConfigKeys()),
  },
];

/** What stands in the page between its markers; undefined if they are absent. */
export function readTable({ page, marker }: Pick<ReferenceTable, 'page' | 'marker'>): string | undefined {
  return betweenMarkers(readPage(page), marker)?.[1]?.trim();
}

function rowsOfExitCodes(): string[][] {
  return Object.entries(exitCodes).map(([name, { code, meaning }]) => [String(code), `\`${name}\``, meaning]);
}

function rowsOfErrors(): string[][] {
  return Object.entries(errorCatalogue).map(([code, { message, hint, exit }]) => [
    `\`${code}\``,
    message,
    hint,
    String(exitCodes[exit].code),
  ]);
}

function rowsOfStages(): string[][] {
  return Object.values(launchStages).map(({ name, meaning }) => [`\`${name}\``, meaning]);
}

function formatTable(head: readonly string[], rows: readonly string[][]): string {
  const format = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [format(head), format(head.map(() => '---')), ...rows.map(format)].join('\n');
}

function betweenMarkers(page: string, marker: string): RegExpExecArray | undefined {
  return new RegExp(`<!-- ${marker} -->([\\s\\S]*?)<!-- /${marker} -->`).exec(page) ?? undefined;
}

function pageUrl(page: string): URL {
  return new URL(`../../${page}`, import.meta.url);
}

function readPage(page: string): string {
  return readFileSync(pageUrl(page), 'utf8');
}

if (import.meta.main) {
  writeSchemaFiles();
  for (const { page, marker, table } of referenceTables) {
    const text = readPage(page);
    const found = betweenMarkers(text, marker);
    if (found === undefined) throw new Error(`${page} has no place for ${marker}`);
    const section = `<!-- ${marker} -->\n${table}\n<!-- /${marker} -->`;
    writeFileSync(
      pageUrl(page),
      text.replace(found[0], () => section),
    );
  }
}
