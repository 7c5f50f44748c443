import test from 'ava';
import * as fc from 'fast-check';
import { cutText, escapeJson, escapeText } from '../../src/core/printable.ts';

const anything = fc.string({ unit: 'binary', maxLength: 60 });
const hostile = fc
  .array(
    fc.constantFrom(
      '\u001b[31m',
      '\u009b',
      '\u202e',
      '\u2066',
      '\r',
      '\n',
      '\\',
      '\ud800',
      '\u200b',
      '\ufeff',
      'a',
      '\u{e0041}',
      '😀',
    ),
  )
  .map((parts) => parts.join(''));

test('no control, no direction change and no half character is left', (t) => {
  fc.assert(
    fc.property(fc.oneof(anything, hostile), (text) => {
      const shown = escapeText(text);
      t.notRegex(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      t.true(shown.length <= text.length * 9);
    }),
  );
  t.pass();
});

test('what is shown can be turned back', (t) => {
  fc.assert(
    fc.property(fc.oneof(anything, hostile), (text) => {
      const back = escapeText(text).replace(/\\(?:\\|u\{([0-9a-f]+)\})/g, (_, code) =>
        code === undefined ? '\\' : String.fromCodePoint(Number.parseInt(code, 16)),
      );
      t.is(back, text);
    }),
  );
  t.pass();
});

test('escaped JSON says the same', (t) => {
  fc.assert(
    fc.property(fc.oneof(anything, hostile), (text) => {
      const json = escapeJson(JSON.stringify({ [text]: text }));
      t.notRegex(json, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      t.deepEqual(Object.entries(JSON.parse(json)), [[text, text]]);
    }),
  );
  t.pass();
});

test('ordinary text stays as it is', (t) => {
  t.is(escapeText('größe 日本 😀 vault:openai'), 'größe 日本 😀 vault:openai');
  t.is(escapeText('a\u001b[2Jb'), 'a\\u{1b}[2Jb');
  t.is(escapeText('a\\b'), 'a\\\\b');
});

test('a text is cut between characters', (t) => {
  t.is(cutText('abc', 3), 'abc');
  t.is(cutText('abcd', 3), 'abc… (1 more characters)');
  t.is(cutText('ab😀d', 3), 'ab… (3 more characters)');
});
