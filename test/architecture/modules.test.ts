import test from 'ava';
import { readImportTable } from '../support/import-rules.ts';
import { followImports, recordModules } from '../support/loaded-modules.ts';
import { listSources } from '../support/source-tree.ts';

const rules = readImportTable();
const foldersOf = (process: string) =>
  rules.filter((rule) => rule.processes.includes(process)).map(({ folder }) => folder);

/** Which process each entry file becomes. */
const programs: Readonly<Record<string, string>> = { 'broker.ts': 'B', 'cli.ts': 'F' };
const brokerPackages = ['@iarna/toml', 'pino', 'sodium-native', 'zod'];
/** The broker has no network, starts no process and opens no door for a debugger. */
const deniedBuiltins = [
  'node:child_process',
  'node:cluster',
  'node:dgram',
  'node:dns',
  'node:http',
  'node:http2',
  'node:https',
  'node:inspector',
  'node:net',
  'node:repl',
  'node:tls',
  'node:vm',
];
const secretFolders = ['backends', 'delivery', 'fetch', 'policy', 'secret', 'supervisor', 'vault'];
const frontFolders = ['cli', 'client', 'mcp', 'setup'];

test('every entry file is a program of a known process', (t) => {
  const entries = listSources('src/bin', '.ts').map(({ path }) => path.slice('src/bin/'.length));
  t.deepEqual(entries.toSorted(), Object.keys(programs).toSorted());
});

for (const [entry, process] of Object.entries(programs)) {
  test(`${entry} can load only folders of its process`, (t) => {
    const { folders } = followImports(`dist/bin/${entry.replace('.ts', '.js')}`);
    const allowed = foldersOf(process);
    t.true(folders.length > 3);
    t.deepEqual(
      folders.filter((folder) => !allowed.includes(folder)),
      [],
    );
  });
}

const loadsOnlyFrontEnd = test.macro((t, ...args: string[]) => {
  const { folders, packages } = recordModules(t, 'dist/bin/cli.js', args);
  const allowed = foldersOf('F');
  t.true(folders.includes('cli'));
  t.deepEqual(
    folders.filter((folder) => !allowed.includes(folder) || secretFolders.includes(folder)),
    [],
  );
  t.deepEqual(
    packages.filter((name) => ['sodium-native', 'pino', 'execa'].includes(name)),
    [],
  );
});

test('the command line loads no keeper of secrets to say its version', loadsOnlyFrontEnd, 'version');
test('the command line loads no keeper of secrets to show help', loadsOnlyFrontEnd, 'help');
test('the command line loads no keeper of secrets to ask for the status', loadsOnlyFrontEnd, 'status');
test('the command line loads no keeper of secrets to list sessions', loadsOnlyFrontEnd, 'ps');
test(
  'the command line loads no keeper of secrets to find the command of a profile',
  loadsOnlyFrontEnd,
  'native-command',
  'demo',
);
test(
  'the command line loads no keeper of secrets to verify the audit log',
  loadsOnlyFrontEnd,
  'audit',
  'verify',
);

const loadsNoPackage = test.macro((t, ...args: string[]) => {
  const { folders, packages } = recordModules(t, 'dist/bin/cli.js', args);
  t.deepEqual(folders, ['bin', 'cli', 'core']);
  t.deepEqual(packages, []);
});

// Each of these loads the words of every verb: what a verb needs for its work is loaded by its work.
test('the words of a verb need nothing beyond words: version', loadsNoPackage, 'version');
test('the words of a verb need nothing beyond words: help', loadsNoPackage, 'help');
test('the words of a verb need nothing beyond words: help of one', loadsNoPackage, 'help', 'audit', 'tail');
test('the words of a verb need nothing beyond words: completion', loadsNoPackage, 'completion', 'zsh');

test('the table gives front-ends no keeper of secrets, and the broker no front-end', (t) => {
  t.deepEqual(
    foldersOf('F').filter((folder) => secretFolders.includes(folder)),
    [],
  );
  t.deepEqual(
    foldersOf('B').filter((folder) => frontFolders.includes(folder)),
    [],
  );
});

test('the broker can load only these packages', (t) => {
  t.deepEqual(followImports('dist/bin/broker.js').packages, brokerPackages);
});

test('the broker can load no network and no other process', (t) => {
  const { builtins } = followImports('dist/bin/broker.js');
  t.deepEqual(
    builtins.filter((name) => deniedBuiltins.includes(name)),
    [],
  );
});

test('starting the broker loads what its import lines say', (t) => {
  // Without the descriptors that agentkeysd gives it the broker ends at once, after its imports.
  const started = recordModules(t, 'dist/bin/broker.js', []);
  const followed = followImports('dist/bin/broker.js');
  t.true(started.folders.includes('broker'));
  t.deepEqual(
    started.folders.filter((folder) => !followed.folders.includes(folder)),
    [],
  );
});
