import test from 'ava';
import {
  findCycle,
  findForbiddenImports,
  findSiblingImports,
  parseImportTable,
} from '../support/import-rules.ts';

const rules = parseImportTable(`| folder | sentence | process | may import | packages |
| --- | --- | --- | --- | --- |
| \`core\` | Words. | F B | – | – |
| \`vault\` | Store. | B | core, native (types), backends/backend.ts | zod |
`);

const judges = test.macro((t, line: string, isAllowed: boolean) => {
  const found = findForbiddenImports([{ path: 'src/vault/x.ts', text: `/** X. */\n${line}\n` }], rules);
  t.is(found.length, isAllowed ? 0 : 1);
});

test('a row has processes, folders and packages', (t) => {
  t.deepEqual(rules[1], {
    folder: 'vault',
    processes: ['B'],
    mayImport: ['core', 'native (types)', 'backends/backend.ts'],
    packages: ['zod'],
  });
});

test('allows a listed folder', judges, "import { a } from '../core/a.ts';", true);
test('allows the own folder', judges, "import { a } from './a.ts';", true);
test('allows a listed package', judges, "import { z } from 'zod';", true);
test('allows the platform', judges, "import { a } from 'node:fs';", true);
test('allows types of a folder listed for types', judges, "import type { A } from '../native/a.ts';", true);
test('forbids values of a folder listed for types', judges, "import { a } from '../native/a.ts';", false);
test(
  'forbids mixed imports of a folder listed for types',
  judges,
  "import { type A, a } from '../native/a.ts';",
  false,
);
test('allows a listed file', judges, "import { a } from '../backends/backend.ts';", true);
test('forbids another file beside a listed one', judges, "import { a } from '../backends/index.ts';", false);
test('forbids types of an unlisted folder', judges, "import type { A } from '../broker/a.ts';", false);
test('forbids an unlisted package', judges, "import x from 'lodash/fp';", false);
test('forbids an import over several lines', judges, "import {\n  a,\n  b,\n} from '../broker/a.ts';", false);
test('forbids an import for its effects', judges, "import '../broker/a.ts';", false);
test('forbids a re-export', judges, "export { a } from '../broker/a.ts';", false);
test('forbids a dynamic import', judges, "const a = await import('../broker/a.ts');", false);
test('forbids a computed import', judges, 'const a = await import(name);', false);
test('forbids leaving src', judges, "import { a } from '../../test/a.ts';", false);
test(
  'does not read comments',
  judges,
  "// import { a } from '../broker/a.ts';\n/* import '../broker/b.ts'; */",
  true,
);
test(
  'does not take text for an import',
  judges,
  "export const from = 'x';\nexport type T = 'a' | 'b';",
  true,
);

test('forbids everything to a folder without a row', (t) => {
  t.is(findForbiddenImports([{ path: 'src/new/x.ts', text: "import '../core/a.ts';" }], rules).length, 1);
});

test('finds a circle and nothing in a tree', (t) => {
  t.deepEqual(
    findCycle(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
    ['b', 'c', 'b'],
  );
  t.is(
    findCycle(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['c']],
        ['c', []],
      ]),
    ),
    undefined,
  );
});

test('finds variants and commands that import each other', (t) => {
  const graph = new Map([
    [
      'src/delivery/env/mode.ts',
      ['src/delivery/file/mode.ts', 'src/delivery/env/layout.ts', 'src/delivery/delivery.ts'],
    ],
    ['src/delivery/index.ts', ['src/delivery/env/mode.ts']],
    ['src/cli/commands/run.ts', ['src/cli/commands/init.ts', 'src/cli/voice.ts']],
  ]);
  t.is(findSiblingImports(graph, 'src/delivery').length, 1);
  t.is(findSiblingImports(graph, 'src/cli/commands').length, 1);
});
