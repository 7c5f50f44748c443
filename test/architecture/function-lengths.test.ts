import test from 'ava';
import { findLongFunctions } from '../support/function-lengths.ts';

const body = (indent: string, count: number) => `${indent}work;\n`.repeat(count);

const finds = test.macro((t, text: string, found: number[]) => {
  t.deepEqual(
    findLongFunctions(text, 10).map(({ line, lines }) => line * 100 + lines),
    found,
  );
});

test('a function', finds, `function f(a: number): void {\n${body('  ', 9)}}\n`, [111]);
test('a function of the greatest length', finds, `function f(a: number): void {\n${body('  ', 8)}}\n`, []);
test(
  'a function whose parameters take several lines',
  finds,
  `function f(\n  a: number,\n): void {\n${body('  ', 9)}}\n`,
  [113],
);
test(
  'a function whose parameters are unpacked',
  finds,
  `function f({\n  a,\n}: Options): void {\n${body('  ', 9)}}\n`,
  [113],
);
test('an arrow function', finds, `const f = (a: number) => {\n${body('  ', 9)}};\n`, [111]);
test('a method', finds, `class A {\n  f(a: number): void {\n${body('    ', 9)}  }\n}\n`, [211]);
test(
  'not the class around methods',
  finds,
  `class A {\n${'  f(): void {\n    work;\n  }\n'.repeat(9)}}\n`,
  [],
);
test(
  'not the functions in a factory',
  finds,
  `function f(): F {\n${'  function g(): void {\n    work;\n  }\n'.repeat(9)}}\n`,
  [],
);
test(
  'the rest of a factory',
  finds,
  `function f(): F {\n  function g(): void {\n    work;\n  }\n${body('  ', 9)}}\n`,
  [111],
);
test('not a loop', finds, `for (const a of f(b)) {\n${body('  ', 20)}}\n`, []);
test('not a table', finds, `const table = {\n${body('  ', 20)}};\n`, []);
test('a function in C', finds, `static int f(int a, char *b) {\n${body('  ', 9)}}\n`, [111]);
test(
  'a function in C with its brace below',
  finds,
  `static int f(int a,\n             char *b) {\n${body('  ', 9)}}\n`,
  [112],
);
