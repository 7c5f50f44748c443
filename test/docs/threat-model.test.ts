/** Each promise of the threat model names tests that exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { root } from '../support/source-tree.ts';

const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');
const table = /<!-- promises -->([\s\S]*?)<!-- \/promises -->/.exec(page)?.[1] ?? '';
const rows = table
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('the threat model numbers its promises without a gap', (t) => {
  t.true(rows.length >= 20);
  t.deepEqual(
    rows.map(([, number]) => Number(number)),
    rows.map((_, index) => index + 1),
  );
});

for (const [, number, promise = '', tests = ''] of rows) {
  test(`promise ${number} names tests that exist: ${promise.slice(0, 60)}`, (t) => {
    const named = tests.split('; ').map((text) => /^`([^`]+)`: (.+)$/.exec(text));
    for (const found of named) {
      const [, file = '', title = ''] = found ?? [];
      const source = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'");
      t.true(source.includes(title), `${file} has no test of the title: ${title}`);
    }
  });
}
