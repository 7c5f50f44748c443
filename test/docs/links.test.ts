/** What the documentation names is there. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { errorCatalogue } from '../../src/core/error-catalogue.ts';
import { listPages } from '../support/doc-examples.ts';
import { root } from '../support/source-tree.ts';

const pages = listPages();

for (const { path, text } of pages) {
  test(`${path} links to nothing that is missing`, (t) => {
    const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
    const targets = [...prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(
      ([, target = '']) => target,
    );
    t.deepEqual(
      targets.filter((target) => !existsSync(join(root, dirname(path), target))),
      [],
    );
  });

  test(`${path} names no file of the repository that is missing`, (t) => {
    const named = [...text.matchAll(/`((?:docs|native|profiles|src|test)\/[\w./-]+)`/g)].map(
      ([, name = '']) => name,
    );
    t.deepEqual(
      named.filter((name) => !existsSync(join(root, name))),
      [],
    );
  });
}

test('hints point to pages that exist', (t) => {
  const hints = Object.values(errorCatalogue).map(({ hint }) => hint);
  const named = hints.flatMap((hint) => [...hint.matchAll(/docs\/[\w.-]+/g)].map(([name]) => name));
  t.true(named.length > 0);
  t.deepEqual(
    named.filter((name) => !existsSync(join(root, name))),
    [],
  );
});

test('the first page leads to every page', (t) => {
  const readme = pages.find(({ path }) => path === 'README.md')?.text ?? '';
  const unnamed = pages.filter(({ path }) => /^docs\/[^/]+$/.test(path) && !readme.includes(`(${path})`));
  t.deepEqual(
    unnamed.map(({ path }) => path),
    [],
  );
});
