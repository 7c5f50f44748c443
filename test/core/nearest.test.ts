import test from 'ava';
import { findNearest } from '../../src/core/nearest.ts';

const finds = test.macro((t, word: string, known: string[], nearest: string | undefined) => {
  t.is(findNearest(word, known), nearest);
});

test('a dropped letter', finds, 'comand', ['name', 'command', 'match'], 'command');
test('an added letter', finds, 'matchh', ['name', 'command', 'match'], 'match');
test('a replaced letter', finds, 'nama', ['match', 'name'], 'name');
test('the first of two equally near', finds, 'x', ['a', 'b'], 'a');
test('an empty word', finds, '', ['abc', 'ab'], 'ab');
test('nothing known', finds, 'x', [], undefined);

test('nothing is near enough', (t) => {
  t.is(findNearest('abcdef', ['uvwxyz'], 3), undefined);
  t.is(findNearest('abcxyz', ['abcdef'], 3), 'abcdef');
});

test('a very long word costs no more than a long one', (t) => {
  t.is(findNearest('x'.repeat(1_000_000), ['command']), 'command');
});
