/** Between fork and exec nothing runs but what docs/native.md lists: no allocation, no formatting, no lock. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findForeignSymbols, readSymbols } from '../support/object-symbols.ts';
import { root } from '../support/source-tree.ts';

const page = readFileSync(join(root, 'docs/native.md'), 'utf8');
const section = /<!-- child-symbols -->([\s\S]*?)<!-- \/child-symbols -->/.exec(page)?.[1] ?? '';
const rows = section
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const allowed = new Map(rows.map(([, symbol = '', kind = '']) => [symbol.replaceAll('`', ''), kind]));

/** The child's own steps, and what they share with the rest. Closed: what one of them calls is in another or on the list. */
const objects = [
  ...['child', 'gate', 'identity', 'limits', 'resolve', 'environment', 'plan'].map(
    (name) => `spawner/${name}`,
  ),
  ...['context', 'message', 'names', 'region', 'wipe'].map((name) => `core/${name}`),
].map((name) => `build/prog/${name}.o`);

test('the code between fork and exec calls nothing but what is listed', (t) => {
  t.deepEqual(
    findForeignSymbols(objects).filter((name) => !allowed.has(name)),
    [],
  );
});

test('the list names nothing that is no longer called', (t) => {
  const called = findForeignSymbols(objects);
  const optional = (kind: string) => kind.includes('one C library only');
  t.deepEqual(
    [...allowed].filter(([name, kind]) => !called.includes(name) && !optional(kind)).map(([name]) => name),
    [],
  );
});

test('every listed object has the code that it is listed for', (t) => {
  for (const object of objects) t.true(readSymbols(object).defined.length > 0, object);
  t.true(readSymbols('build/prog/spawner/child.o').defined.includes('child_run'));
});

const tempting: Readonly<Record<string, string>> = {
  getpwuid: 'return getpwuid(0) != 0;',
  malloc: 'return malloc(1) != 0;',
  perror: 'perror("x"); return 0;',
  printf: 'return printf("%d", 1);',
  setenv: 'return setenv("A", "b", 1);',
};

for (const [name, body] of Object.entries(tempting)) {
  test(`${name} in the child would be found`, (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'ak-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const [source, object] = [join(directory, 'a.c'), join(directory, 'a.o')];
    const headers = ['pwd.h', 'stdio.h', 'stdlib.h'].map((header) => `#include <${header}>\n`).join('');
    writeFileSync(source, `${headers}int child_step(void) { ${body} }\n`);
    t.is(spawnSync('cc', ['-std=gnu11', '-O0', '-fno-builtin', '-c', '-o', object, source]).status, 0);
    const found = findForeignSymbols([...objects, object]).filter((symbol) => !allowed.has(symbol));
    t.deepEqual(found, [name]);
  });
}
