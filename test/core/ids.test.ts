import test from 'ava';
import {
  parseAgentId,
  parsePid,
  parseProfileName,
  parseServiceName,
  parseSessionId,
  parseUid,
  parseVariableName,
} from '../../src/core/ids.ts';
import { refusalOf } from '../support/profiles.ts';

const names = { parseAgentId, parseProfileName, parseServiceName };
const hostile = [
  '',
  '.',
  '..',
  '../../etc/shadow',
  'a/b',
  'a%2fb',
  '-rf',
  '.hidden',
  'UPPER',
  'a b',
  'a\n',
  'a\0b',
  'ключ',
  'a'.repeat(65),
];

for (const [parser, parse] of Object.entries(names)) {
  test(`${parser} accepts plain names`, (t) => {
    for (const name of ['a', 'openai', 'open-ai_2.x', '0', 'a'.repeat(64)]) t.is(parse(name) as string, name);
  });

  test(`${parser} refuses what could be a path, an option or an escape, and does not repeat it`, (t) => {
    for (const name of hostile) {
      const error = refusalOf(t, () => parse(name));
      t.is(error.code, 'NAME_INVALID');
      t.deepEqual(Object.keys(error.context), ['kind', 'rule']);
      if (name.trim() !== '') t.false(error.message.includes(` ${name} `));
    }
  });
}

test('variables are names that a shell can have', (t) => {
  for (const name of ['A', '_', 'a1', 'A'.repeat(128)]) t.is(parseVariableName(name) as string, name);
  for (const name of ['', '1A', 'A-B', 'A=B', 'A B', 'Ä', 'A\n', 'A'.repeat(129)]) {
    t.is(refusalOf(t, () => parseVariableName(name)).code, 'NAME_INVALID');
  }
});

test('sessions are sixteen lower-case hex digits', (t) => {
  t.is(parseSessionId('0123456789abcdef') as string, '0123456789abcdef');
  for (const text of ['', '0123456789abcde', '0123456789ABCDEF', '0123456789abcdef\n']) {
    t.is(refusalOf(t, () => parseSessionId(text)).code, 'NAME_INVALID');
  }
});

test('uids begin at 0 and pids at 1', (t) => {
  t.is(parseUid(0) as number, 0);
  t.is(parsePid(1) as number, 1);
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
    t.is(refusalOf(t, () => parseUid(value)).code, 'NAME_INVALID');
    t.is(refusalOf(t, () => parsePid(value)).code, 'NAME_INVALID');
  }
  t.is(refusalOf(t, () => parsePid(0)).code, 'NAME_INVALID');
});

const faults: readonly (readonly [string, RegExp])[] = [
  ['', /service name is not valid: it is empty/],
  ['.hidden', /begins with a dot/],
  ['-rf', /begins with a dash/],
  ['_x', /begins with an underscore/],
  ['a/b', /has a slash/],
  ['sk-ABC', /has an upper-case letter/],
  ['a b', /a character that no name may have/],
  ['a\n', /a character that no name may have/],
  ['a'.repeat(65), /more than 64 characters/],
];

for (const [name, message] of faults) {
  test(`the rule that ${JSON.stringify(name.slice(0, 8))} breaks is told`, (t) => {
    t.regex(refusalOf(t, () => parseServiceName(name)).message, message);
  });
}

test('a variable, a session and a pid have rules of their own', (t) => {
  t.regex(refusalOf(t, () => parseVariableName('1A')).message, /variable name .*begins with a digit/);
  t.regex(refusalOf(t, () => parseVariableName('A-B')).message, /no letter, digit or underscore/);
  t.regex(refusalOf(t, () => parseSessionId('x')).message, /session id .*sixteen hexadecimal digits/);
  t.regex(refusalOf(t, () => parsePid(0)).message, /pid .*from 1 upwards/);
});
