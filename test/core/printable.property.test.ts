import test from 'ava';
import fc from 'fast-check';
import { escapeJson, escapeText } from '../../src/core/printable.ts';
import { holds } from '../support/properties.ts';

/** Any UTF-16 units, lone surrogates too, with what terminals and readers react to. */
const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        '\u001b[31m',
        '\u009b',
        '\r\n',
        '\\',
        '\\u{1b}',
        '\\\\',
        '\u202e',
        '\u{e0041}',
        '😀',
        '\ud83d',
        '\ude00',
      ),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

test('what is shown is one printable line, bounded, and can be turned back', (t) =>
  holds(
    t,
    'escape-text',
    4000,
    fc.property(text, (given) => {
      const shown = escapeText(given);
      t.notRegex(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      t.true(shown.length <= 9 * given.length);
      const back = shown.replace(/\\(?:\\|u\{([0-9a-f]+)\})/g, (_, code) =>
        code === undefined ? '\\' : String.fromCodePoint(Number.parseInt(code, 16)),
      );
      t.is(back, given);
    }),
  ));

test('parts that are shown one behind the other hold no control that neither has', (t) =>
  holds(
    t,
    'escape-parts',
    2000,
    fc.property(text, text, (one, other) => {
      t.notRegex(escapeText(one) + escapeText(other), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  ));

test('JSON that is shown means the same, and is one printable line', (t) =>
  holds(
    t,
    'escape-json',
    2000,
    fc.property(fc.dictionary(text, text, { maxKeys: 4 }), (value) => {
      const shown = escapeJson(JSON.stringify(value));
      t.notRegex(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      t.deepEqual(Object.entries(JSON.parse(shown)), Object.entries(value));
    }),
  ));
