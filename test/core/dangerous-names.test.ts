import { readFileSync } from 'node:fs';
import test from 'ava';
import { dangerousExactNames, dangerousPrefixes, isDangerousName } from '../../src/core/dangerous-names.ts';

const native = readFileSync(new URL('../../native/core/names.c', import.meta.url), 'utf8');

function readNativeList(name: string): string[] {
  const body =
    new RegExp(`static const char \\*const ${name}\\[\\] = \\{([^}]*)\\};`).exec(native)?.[1] ?? '';
  return [...body.matchAll(/"([^"]*)"/g)].map((found) => found[1] ?? '');
}

for (const [name, list] of Object.entries({ exact: dangerousExactNames, prefixes: dangerousPrefixes })) {
  test(`the spawner refuses the same ${name} as the broker`, (t) => {
    t.deepEqual(readNativeList(name).toSorted(), list.toSorted());
  });

  test(`the list of ${name} has no name twice and is sorted`, (t) => {
    t.deepEqual([...list], [...new Set(list)].toSorted());
  });
}

const judges = test.macro((t, name: string, isDangerous: boolean) => {
  t.is(isDangerousName(name), isDangerous);
});

test('a loader variable', judges, 'LD_PRELOAD', true);
test('a macOS loader variable', judges, 'DYLD_INSERT_LIBRARIES', true);
test('the search path', judges, 'PATH', true);
test('an exported function', judges, 'BASH_FUNC_ls', true);
test('a variable of ours', judges, 'AGENTKEYS_SOCKET', true);
test('a name that only begins like an exact one', judges, 'PATHS', false);
test('a name in other letters', judges, 'path', false);
test('an API key', judges, 'OPENAI_API_KEY', false);
test('a harmless Python variable', judges, 'PYTHONUNBUFFERED', false);
