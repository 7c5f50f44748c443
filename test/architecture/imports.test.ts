import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import {
  buildFileGraph,
  buildFolderGraph,
  findCycle,
  findForbiddenImports,
  findSiblingImports,
  readImportTable,
  sharedPackages,
} from '../support/import-rules.ts';
import {
  folderOf,
  isRelative,
  listSources,
  packageOf,
  readImports,
  root,
  withoutComments,
} from '../support/source-tree.ts';

const sources = listSources('src', '.ts');
const rules = readImportTable();
const files = buildFileGraph(sources);
const registries = [
  'src/audit/sinks/index.ts',
  'src/backends/index.ts',
  'src/cli/commands/index.ts',
  'src/delivery/index.ts',
  'src/mcp/tools/index.ts',
];

test('the table lists exactly the folders of src', (t) => {
  const folders = [...new Set(sources.map(({ path }) => folderOf(path)))];
  t.deepEqual(
    rules.map(({ folder }) => folder),
    folders.toSorted(),
  );
});

test('every import is one that the table allows', (t) => {
  t.deepEqual(findForbiddenImports(sources, rules), []);
});

test('what the table allows draws no circle', (t) => {
  const allowed = rules.map(
    ({ folder, mayImport }) => [folder, mayImport.map((entry) => entry.split(/[ /]/)[0] ?? '')] as const,
  );
  t.is(findCycle(new Map(allowed)), undefined);
});

test('no folders import each other in a circle', (t) => {
  t.is(findCycle(buildFolderGraph(files)), undefined);
});

test('no files import each other in a circle', (t) => {
  t.is(findCycle(files), undefined);
});

test('every relative import is of a file that exists', (t) => {
  const known = new Set(sources.flatMap(({ path }) => [path, path.replace(/\.d\.ts$/, '.ts')]));
  const missing = [...files].flatMap(([path, targets]) =>
    targets.filter((target) => !known.has(target)).map((target) => [path, target]),
  );
  t.deepEqual(missing, []);
});

test('a package belongs to one folder', (t) => {
  const owned = rules.flatMap(({ packages }) => packages).filter((name) => !sharedPackages.includes(name));
  t.deepEqual(owned, [...new Set(owned)]);
});

test('every dependency is imported by the folder that owns it, and nothing else is', (t) => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const imported = sources.flatMap(({ text }) => readImports(text).map(({ specifier }) => specifier));
  const packages = imported
    .filter((specifier) => !isRelative(specifier) && !specifier.startsWith('node:'))
    .map(packageOf);
  t.deepEqual([...new Set(packages)].toSorted(), Object.keys(manifest.dependencies).toSorted());
});

test('only src/native loads the addon', (t) => {
  const loaders = sources.filter(({ text }) => /\b(?:createRequire|dlopen)\b/.test(withoutComments(text)));
  t.deepEqual(
    loaders.map(({ path }) => path),
    ['src/native/addon.ts'],
  );
});

for (const parent of ['src/audit/sinks', 'src/backends', 'src/cli/commands', 'src/delivery']) {
  test(`variants in ${parent} do not import each other`, (t) => {
    t.deepEqual(findSiblingImports(files, parent), []);
  });
}

test('an index exists only where it is a registry', (t) => {
  const indexes = sources.map(({ path }) => path).filter((path) => path.endsWith('/index.ts'));
  t.deepEqual(
    indexes.filter((path) => !registries.includes(path)),
    [],
  );
});

test('no file passes on the exports of others', (t) => {
  const barrels = sources.filter(({ text }) => {
    const code = withoutComments(text);
    const isOnlyExports =
      code.replace(/^(?:import|export)\b[^;]*\bfrom\s*['"][^'"]+['"];?$/gm, '').trim() === '';
    return /^export\s+\*/m.test(code) || (isOnlyExports && code.trim() !== '');
  });
  t.deepEqual(
    barrels.map(({ path }) => path),
    [],
  );
});

/** The composition root, and a registry with one line a verb, each loaded by itself. */
const importLimits: Readonly<Record<string, number>> = {
  'src/broker/compose.ts': 25,
  'src/cli/commands/index.ts': Number.POSITIVE_INFINITY,
};

test('a file imports values of at most 12 others, the composition root of 25', (t) => {
  // A registry is as long as what it lists.
  const listing = sources.filter(({ path }) => !registries.includes(path));
  const counted = listing.map(({ path, text }) => {
    const values = readImports(text).filter(
      ({ specifier, isTypeOnly }) => isRelative(specifier) && !isTypeOnly,
    );
    return { path, count: values.length, limit: importLimits[path] ?? 12 };
  });
  t.deepEqual(
    counted.filter(({ count, limit }) => count > limit),
    [],
  );
});
