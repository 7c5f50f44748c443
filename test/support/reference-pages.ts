/** The parts of docs/ that repeat what the code declares. `node test/support/reference-pages.ts` writes them into the pages. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandMeta, globalOptions, verbGroups } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { describe, groupVerbs, listExits, listUsage } from '../../src/cli/help-text.ts';
import { environmentVariables } from '../../src/cli/surroundings.ts';
import { errorCatalogue } from '../../src/core/error-catalogue.ts';
import { exitCodes } from '../../src/core/exit-codes.ts';
import { launchStages } from '../../src/core/stages.ts';
import { keyTableHead, rowsOfConfigKeys, rowsOfProfileKeys, writeSchemaFiles } from './schema-pages.ts';

export interface ReferenceTable {
  readonly page: string;
  /** The table stands between two comments of this name. */
  readonly marker: string;
  readonly table: string;
}

const metas = await Promise.all(commands.map(async ({ load }) => (await load()).meta));

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
  { page: 'docs/cli.md', marker: 'verbs', table: formatVerbs() },
  {
    page: 'docs/cli.md',
    marker: 'flags',
    table: formatTable(
      ['flag', 'meaning'],
      globalOptions.map((option) => [`\`${option.flags}\``, describe(option)]),
    ),
  },
  {
    page: 'docs/cli.md',
    marker: 'environment',
    table: formatTable(
      ['variable', 'meaning'],
      environmentVariables.map(({ name, does }) => [`\`${name}\``, does]),
    ),
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

/** A chapter a group, a section a verb. */
function formatVerbs(): string {
  const chapters = groupVerbs(metas).map(([group, members]) =>
    [
      `## ${verbGroups[group].replace(/^./, (first) => first.toUpperCase())}`,
      ...members.map(formatVerb),
    ].join('\n\n'),
  );
  return chapters.join('\n\n');
}

function formatVerb(meta: CommandMeta): string {
  const words = [
    ...meta.arguments.map((argument) => [`\`${argument.name}\``, describe(argument)]),
    ...meta.options.map((option) => [`\`${option.flags}\``, describe(option)]),
  ];
  const exits = listExits(meta).map(([code, meaning]) => `\`${code}\` ${meaning}`);
  const paragraphs = [
    `### ${meta.name}`,
    `${upperFirst(meta.summary)}.`,
    ['```', listUsage(meta).join(' '), '```'].join('\n'),
    ...(words.length === 0 ? [] : [formatTable(['word', 'meaning'], words)]),
    ...(meta.notes ?? []).map((note) => `- ${note}`),
    ...meta.examples.map(({ line, does }) => `${upperFirst(does)}:\n\n\`\`\`sh\n${line}\n\`\`\``),
    ...(exits.length === 0
      ? []
      : [
          `Exit codes beside ${meta.name === 'run' ? "the agent's own" : '0, 1 and 2'}: ${exits.join('; ')}.`,
        ]),
  ];
  return paragraphs.join('\n\n').replace(/^(- .*)\n\n(?=- )/gm, '$1\n');
}

function upperFirst(text: string): string {
  return /^\p{Ll}/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
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
