/** Decisions are numbered, short, and name every package that the project depends on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { listPages } from '../support/doc-examples.ts';
import { countLines, root } from '../support/source-tree.ts';

const records = listPages().filter(({ path }) => path.startsWith('docs/decisions/'));

test('records are numbered without a gap, in their names and their titles', (t) => {
  const numbers = records.map(({ path, text }) => [path.split('/')[2]?.slice(0, 5), text.split('.')[0]]);
  t.deepEqual(
    numbers,
    records.map((_, index) => [`${String(index + 1).padStart(4, '0')}-`, `# ${index + 1}`]),
  );
});

for (const { path, text } of records) {
  test(`${path} says context, choice and price on one page`, (t) => {
    t.deepEqual(
      [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title),
      ['Context', 'Choice', 'What we gave up'],
    );
    t.true(countLines(text) <= 60);
  });
}

test('a record names every dependency', (t) => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  const named = new Set(
    records.flatMap(({ text }) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name)),
  );
  t.deepEqual(
    Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
      (name) => !named.has(name),
    ),
    [],
  );
});
