/** The client's option table and the help of `run` are one list in two languages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { meta } from '../../src/cli/commands/run.ts';
import { root } from '../support/source-tree.ts';

test('the client knows exactly the options that the help of run shows', (t) => {
  const source = readFileSync(join(root, 'native/client/options.c'), 'utf8');
  const table = /\} table\[\] = \{([\s\S]*?)\n\};/.exec(source)?.[1] ?? '';
  const known = [...table.matchAll(/\{"(--[\w-]+)", (?:"(-\w)"|NULL)\}/g)].map(([, name, alias]) => [
    name,
    alias,
  ]);
  const shown = meta.options
    .map(({ flags }) => /^(?:(-\w), )?(--[\w-]+)/.exec(flags))
    .map((found) => [found?.[2], found?.[1]]);
  t.true(known.length > 0);
  t.deepEqual(known, shown);
});
