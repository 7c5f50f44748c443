import test from 'ava';
import { findLongFunctions } from '../support/function-lengths.ts';
import { countLines, listSources, type Source, withoutComments } from '../support/source-tree.ts';

const sources = listSources('src', '.ts');
const tests = listSources('test', '.ts');
const agents = listSources('test/fixtures/agents', '');
const native = listSources('native', '.c', '.h', '.cc');
const handWritten = sources.filter(({ path }) => !path.endsWith('.d.ts'));

const paths = (found: readonly Source[]) => found.map(({ path }) => path);

const limits: readonly (readonly [string, readonly Source[], number])[] = [
  ['a source file', sources, 300],
  ['a native file', native, 300],
  ['a test file', tests, 400],
  ['a fixture agent', agents, 30],
  ['an entry file', listSources('src/bin', '.ts'), 30],
  [
    'a contract file',
    sources.filter(({ path }) => /\/(?:backend|delivery|sink|contract)\.ts$/.test(path)),
    80,
  ],
  ['the code between fork and exec', native.filter(({ path }) => path.endsWith('/child.c')), 150],
];

for (const [what, files, maxLines] of limits) {
  test(`${what} has at most ${maxLines} lines`, (t) => {
    const long = files.filter(({ text }) => countLines(text) > maxLines);
    t.deepEqual(
      long.map(({ path, text }) => `${path}: ${countLines(text)}`),
      [],
    );
  });
}

test('a function has at most 50 lines', (t) => {
  const long = [...handWritten, ...native].flatMap(({ path, text }) =>
    findLongFunctions(text, 50).map(({ line, lines }) => `${path}:${line}: ${lines}`),
  );
  t.deepEqual(long, []);
});

test('the median source file has at most 80 lines, nine of ten at most 200', (t) => {
  const lengths = handWritten.map(({ text }) => countLines(text)).toSorted((one, other) => one - other);
  const at = (share: number) => lengths[Math.floor(lengths.length * share)] ?? 0;
  t.true(at(0.5) <= 80, `median ${at(0.5)}`);
  t.true(at(0.9) <= 200, `p90 ${at(0.9)}`);
});

test('files and folders are named by what they are', (t) => {
  const meaningless = /(?:^|[/.-])(?:utils?|helpers?|common|misc|manager|service|types)(?=[/.-]|$)/;
  const badForm = /[A-Z ]|[^./-]_/;
  const named = paths([...sources, ...tests, ...native]).filter((path) => !path.includes('/vectors/'));
  t.deepEqual(
    named.filter((path) => meaningless.test(path)),
    [],
  );
  t.deepEqual(
    paths(sources).filter((path) => badForm.test(path)),
    [],
  );
});

test('every source file begins with one sentence about itself', (t) => {
  const header = /^(?:#![^\n]*\n)?\/\*\*(?: |\n \* )\S/;
  t.deepEqual(paths(sources.filter(({ text }) => !header.test(text))), []);
});

const forbidden: readonly (readonly [string, readonly Source[], RegExp])[] = [
  ['a default export', handWritten, /^export default\b/m],
  ['the type any', handWritten, /(?::|\bas|<|\|)\s*any\b(?!\()/],
  ['an assertion that something is not undefined', handWritten, /[\w)\]]!(?:[.;,)[\]]|$)/m],
  ['a double cast', handWritten, /\bas unknown as\b/],
  ['state of a module', handWritten, /^(?:export )?(?:let|var) /m],
  ['an enum or a namespace', handWritten, /^(?:export )?(?:declare )?(?:const )?(?:enum|namespace) /m],
  ['a switched-off check', [...handWritten, ...tests], /(?:biome-ignore-all|@ts-ignore|@ts-nocheck)/],
];

for (const [what, files, pattern] of forbidden) {
  test(`no file has ${what}`, (t) => {
    const searched = files.filter(({ path }) => path !== 'test/architecture/shape.test.ts');
    t.deepEqual(
      paths(
        searched.filter(({ text }) =>
          pattern.test(what.startsWith('a switched') ? text : withoutComments(text)),
        ),
      ),
      [],
    );
  });
}

test('nothing happens when a file is imported', (t) => {
  const acting = handWritten.filter(({ path, text }) => {
    return (
      !path.startsWith('src/bin/') && /^(?:await |void )?[\w.]+\([^\n]*\)?;?$/m.test(withoutComments(text))
    );
  });
  t.deepEqual(paths(acting), []);
});

test('only entry files end the process', (t) => {
  const ending = handWritten.filter(
    ({ path, text }) =>
      !path.startsWith('src/bin/') && /\bprocess\.(?:exit|abort|kill)\(/.test(withoutComments(text)),
  );
  t.deepEqual(paths(ending), []);
});

test('only the voice and the log speak', (t) => {
  const speaking = handWritten.filter(({ path, text }) => {
    return (
      !/^src\/(?:cli|bin|log)\//.test(path) &&
      /\bconsole\.|\bprocess\.(?:stdout|stderr)\b/.test(withoutComments(text))
    );
  });
  t.deepEqual(paths(speaking), []);
});

test('no test waits for time, looks again and again, or is switched off', (t) => {
  const waiting = /\bset(?:Timeout|Interval)\b|Atomics\.wait|\btest(?:\.\w+)*\.(?:skip|only|failing|todo)\b/;
  // Where tests are declared that need root or a program; their skips show in the last line of a run, and CI has none.
  const exempt = ['test/architecture/shape.test.ts', 'test/support/root.ts', 'test/support/tools.ts'];
  const searched = tests.filter(({ path }) => !exempt.includes(path));
  t.deepEqual(paths(searched.filter(({ text }) => waiting.test(withoutComments(text)))), []);
});
