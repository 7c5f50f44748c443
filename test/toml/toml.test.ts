import test from 'ava';
import { parseToml } from '../../src/toml/toml.ts';

test('tables have no prototype, at any depth', (t) => {
  const result = parseToml('a = 1\n[b.c]\nd = [{ e = "x" }]\n');
  t.is(result.kind, 'table');
  let part: unknown = result.kind === 'table' ? result.table : undefined;
  for (const key of ['b', 'c', 'd', '0']) {
    if (key !== '0') t.is(Object.getPrototypeOf(part), null);
    part = Reflect.get(Object(part), key);
  }
  t.is(Object.getPrototypeOf(part), null);
});

const places = test.macro((t, text: string, line: number, rule: RegExp) => {
  const result = parseToml(text);
  if (result.kind !== 'syntax') return t.fail(result.kind);
  t.is(result.line, line);
  t.regex(result.rule, rule);
});

test('a mistake has its line and column', places, 'a = 1\nb = = 2\n', 2, /column 5$/);
test('a date that no calendar has', places, 'a = 1\n\nb = 2023-13-01\nc = 2\n', 3, /no such date/);
test('the first of two such dates', places, 'a = 2023-01-32\nb = 2023-13-01\n', 1, /no such date/);
test('a time that no clock shows, at the end', places, '# c\n\n\na = 25:00:00', 4, /no such date/);
test(
  'such a date behind text that looks like one',
  places,
  'a = """\n2023-13-01\n"""\nb = "2023-13-01" # 2023-13-01\nc = 2023-13-01\n',
  5,
  /no such date/,
);
test('a mistake before such a date comes first', places, 'a = = 1\nb = 2023-13-01\n', 1, /column 6$/);
