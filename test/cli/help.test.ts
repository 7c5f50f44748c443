/** Help fits a terminal, and what it shows can be typed as it stands. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { CommandMeta } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { formatCommandHelp, formatOverview, formatPartsHelp } from '../../src/cli/help-text.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { findProgramFlags } from '../../src/cli/program-flags.ts';
import { wrapWords } from '../../src/cli/text-layout.ts';
import { createHome } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';

const mostColumns = 100;
const metas = await Promise.all(commands.map(async ({ load }) => (await load()).meta));
const plain = { bold: (text: string) => text };
const verbsWithParts = [...new Set(metas.filter(({ name }) => name.includes(' ')).map(toVerb))];

function toVerb({ name }: CommandMeta): string {
  return name.split(' ')[0] ?? '';
}

const pages: readonly (readonly [string, string])[] = [
  ['the overview', formatOverview(metas, plain)],
  ...metas.map((meta) => [meta.name, formatCommandHelp(meta, plain)] as const),
  ...verbsWithParts.map((verb) => {
    const parts = metas.filter((meta) => meta.name.startsWith(`${verb} `));
    return [`the parts of ${verb}`, formatPartsHelp(verb, parts, plain)] as const;
  }),
];

for (const [what, text] of pages) {
  test(`no line of the help of ${what} is wider than ${mostColumns} columns, and its examples come first`, (t) => {
    t.deepEqual(
      text.split('\n').filter((line) => line.length > mostColumns || /\s$/.test(line)),
      [],
    );
    t.is(text.split('\n').indexOf('examples:'), 2);
  });
}

/** The part of an example line that is agentkeys' own: before a redirection, after a pipe. */
function findOwnWords(line: string): string[] {
  const own = /(?:^|[|;(] ?)agentkeys ([^<>|;)]*)/.exec(line)?.[1] ?? '';
  return own.trim().split(/\s+/);
}

for (const meta of metas) {
  for (const { line } of meta.examples) {
    test(`the example parses: ${line}`, (t) => {
      const words = findOwnWords(line);
      const verb = meta.name.split(' ');
      t.deepEqual(findProgramFlags(words).verbFirst.slice(0, verb.length), verb);
      t.false(parseCommandLine(meta, words.slice(verb.length)).wantsHelp);
    });
  }
}

test('the shell takes every example as it stands', (t) => {
  for (const { line } of metas.flatMap(({ examples }) => examples)) {
    t.is(spawnSync('sh', ['-n', '-c', line]).status, 0, line);
  }
});

/** A line that is meant for one shell is run by it. */
function findShell(line: string): string[] {
  if (/completion bash/.test(line)) return ['bash', '-c'];
  return /completion zsh/.test(line) ? ['zsh', '-fc', 'compdef() { :; }; eval "$0"'] : ['sh', '-c'];
}

/** Those of verbs that need nothing stored: what they say may depend on the state, but never is the line a mistake. */
const runnable = metas.filter(({ group }) => group === 'daemon' || group === 'program' || group === 'record');

test('examples that need no credential run, and none of them is a usage error', async (t) => {
  const home = createHome(t);
  await home.run(['init']);
  const lines = runnable
    .flatMap(({ examples }) => examples.map(({ line }) => line))
    .filter((line) => !/--foreground| -f\b|--follow/.test(line));
  t.true(lines.length > 5);
  mkdirSync(join(home.directory, '.config/fish/completions'), { recursive: true });
  const place = [`PATH=${join(root, 'bin')}:${home.environment.PATH}`, `HOME=${home.directory}`];
  for (const line of lines) {
    const { code, stderr } = await home.command('env', [...place, ...findShell(line), line]);
    t.not(code, 2, `${line}: ${stderr}`);
    t.not(code, 127, `${line}: ${stderr}`);
  }
});

test('words are wrapped, and none is lost', (t) => {
  t.deepEqual(wrapWords(['a', 'bc', 'defgh', 'i'], 4), ['a bc', 'defgh', 'i']);
});
