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
      t.deepEqual(Object.keys(error.context), ['kind']);
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
