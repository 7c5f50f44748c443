import test from 'ava';
import fc from 'fast-check';
import { findKeyLines } from '../../src/toml/key-lines.ts';
import { parseToml } from '../../src/toml/toml.ts';
import { holds } from '../support/properties.ts';

/** A key as written and as meant. */
const key = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/).map((text) => ({ written: text, meant: text })),
  fc.stringMatching(/^[a-z .=#[\]]{1,6}$/).map((text) => ({ written: `"${text}"`, meant: text })),
  fc.stringMatching(/^[a-z .="#]{1,6}$/).map((text) => ({ written: `'${text}'`, meant: text })),
);
/** Values that look like something else, on one line or several. */
const value = fc.constantFrom(
  ...[
    '1',
    'true',
    '"x"',
    "'x'",
    '"#"',
    '"a = 1"',
    "'[b]'",
    '""',
    '"\\""',
    '"]"',
    '[ ]',
    '[ "]", "#" ]',
    '{ a = 1 }',
  ],
  ...[
    '[\n  1,\n]',
    '[ # ]\n  "a = 1",\n  # b = 1\n]',
    '"""\na = 1\n[b]\n"""',
    "'''\n# x\n'''",
    '"""x"""""',
    '"""\\\n  b"""',
  ],
  ...['[ [ 1 ],\n [ 2 ] ]', '{ a = "}" }', '"""\n\\"""\n"""'],
);
const space = fc.constantFrom('', ' ', '  ', '\t');
const between = fc.constantFrom('', '', '\n', '# x\n', '  # a = 1\n', '\n\n# [b]\n');
const tail = fc.constantFrom('', ' # c', '\t#a = 1');
const setting = fc.tuple(between, space, fc.array(key, { minLength: 1, maxLength: 2 }), space, value, tail);
const section = fc.tuple(
  between,
  fc.option(fc.array(key, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  fc.array(setting, { maxLength: 4 }),
);

interface Written {
  readonly text: string;
  /** Where each key first stands. */
  readonly lines: ReadonlyMap<string, number>;
}

const countLines = (text: string) => text.split('\n').length;

function write(sections: readonly (typeof section extends fc.Arbitrary<infer S> ? S : never)[]): Written {
  const lines = new Map<string, number>();
  let text = '';
  const note = (path: readonly string[]) => {
    for (let length = 1; length <= path.length; length += 1) {
      const whole = JSON.stringify(path.slice(0, length));
      if (!lines.has(whole)) lines.set(whole, countLines(text));
    }
  };
  let table: string[] = [];
  for (const [before, header, settings] of sections) {
    text += before;
    if (header !== undefined) {
      table = header.map(({ meant }) => meant);
      note(table);
      text += `[${header.map(({ written }) => written).join(' . ')}]\n`;
    }
    for (const [gap, indent, path, around, content, end] of settings) {
      text += gap;
      note([...table, ...path.map(({ meant }) => meant)]);
      text += `${indent}${path.map(({ written }) => written).join('.')}${around}=${around}${content}${end}\n`;
    }
  }
  return { text, lines };
}

test('each key is found on the line that it was written on', async (t) => {
  let parsed = 0;
  await holds(
    t,
    'key-lines',
    3000,
    fc.property(fc.array(section, { maxLength: 4 }), (sections) => {
      const { text, lines } = write(sections);
      // Keys that repeat are not TOML; the rest must agree.
      if (parseToml(text).kind !== 'table') return;
      parsed += 1;
      const found = findKeyLines(text);
      for (const [path, line] of lines) t.is(found.lineOf(JSON.parse(path)), line, text);
    }),
  );
  t.true(parsed > 500, `${parsed} texts were TOML`);
});
