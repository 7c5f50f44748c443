/** native/client/run-options.h: the options of `run` for the client in C. `node test/support/run-options.ts` writes it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { globalOptions, type OptionMeta } from '../../src/cli/command.ts';
import { meta } from '../../src/cli/commands/run.ts';
import { root } from './source-tree.ts';

export const runOptionsPath = 'native/client/run-options.h';

export function formatRunOptions(options: readonly OptionMeta[]): string {
  const rows = options.map((option) => ({ ...splitFlags(option.flags), ...option }));
  return `/* The options of \`run\`, written by test/support/run-options.ts from src/cli/commands/run.ts. Do not edit. */
#ifndef AK_RUN_OPTIONS_H
#define AK_RUN_OPTIONS_H

#include <stddef.h>

enum run_option {
${rows.map(({ name }) => `  ${toEnumerator(name)},`).join('\n')}
  RUN_OPTIONS
};

/* What help shows; both names, NULL for no short one; whether a value follows; the values that it takes, NULL for any. */
static const struct {
  const char *flags, *name, *alias;
  int takes_value;
  const char *choices;
} run_options[] = {
${rows.map(formatRow).join('\n')}
};

#endif
`;
}

/** `-p, --profile <profile>` in its parts. */
function splitFlags(flags: string): { name: string; alias: string | undefined; takesValue: boolean } {
  const found = /^(?:(-\w), )?(--[a-z][a-z-]*)( <[^>]+>)?$/.exec(flags);
  if (found?.[2] === undefined) throw new Error(`the client cannot take such flags: ${flags}`);
  return { name: found[2], alias: found[1], takesValue: found[3] !== undefined };
}

function toEnumerator(name: string): string {
  return `RUN_${name.slice(2).toUpperCase().replaceAll('-', '_')}`;
}

function formatRow({
  flags,
  name,
  alias,
  takesValue,
  choices,
}: OptionMeta & ReturnType<typeof splitFlags>): string {
  const cells = [flags, name, alias, choices?.join(', ')].map((text) =>
    text === undefined ? 'NULL' : JSON.stringify(text),
  );
  return `    {${cells.slice(0, 3).join(', ')}, ${takesValue ? 1 : 0}, ${cells[3]}},`;
}

/** What the header must be. */
export function runOptionsHeader(): string {
  return formatRunOptions([...meta.options, ...globalOptions]);
}

if (import.meta.main) writeFileSync(join(root, runOptionsPath), runOptionsHeader());
