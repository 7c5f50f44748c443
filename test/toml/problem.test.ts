import test from 'ava';
import { hiddenKey, quoteKey } from '../../src/toml/problem.ts';

const shows = test.macro((t, key: string, isShown: boolean) => {
  t.is(quoteKey(key), isShown ? `'${key}'` : hiddenKey);
});

test('shows a key of the format', shows, 'credentials', true);
test('shows a variable', shows, 'OPENAI_API_KEY', true);
test('shows a variable with digits', shows, 'GIT_CONFIG_KEY_0', true);
test('hides a token', shows, 'sk-ant-api03-Zm9vYmFy', false);
test('hides an AWS key id', shows, 'AKIAIOSFODNN7EXAMPLE', false);
test('hides a base32 seed', shows, 'JBSWY3DPEHPK3PXP', false);
test('hides hex', shows, '0123456789abcdef', false);
test('hides a long run of letters', shows, 'abcdefghijklmnopqrst', false);
test('hides a key with a space', shows, 'my key', false);
test('hides an escape sequence', shows, '\u001b]52;c;x', false);
test('hides an empty key', shows, '', false);
test(
  'hides a long row of words',
  shows,
  'correct-battery-staple-abcdefghijk-abcdefghijklmno'.slice(0, 49),
  false,
);
