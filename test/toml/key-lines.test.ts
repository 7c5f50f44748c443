import test from 'ava';
import { findKeyLines } from '../../src/toml/key-lines.ts';

const finds = test.macro((t, text: string, path: string[], line: number) => {
  t.is(findKeyLines(text).lineOf(path), line);
});

test('finds a key', finds, '\n# c\na = 1\nb = 2\n', ['b'], 4);
test('finds a key of a table', finds, 'a = 1\n[t]\n\na = 2\n', ['t', 'a'], 4);
test('finds a table', finds, 'a = 1\n[t.u] # c\na = 2\n', ['t', 'u'], 2);
test('finds the table around a table', finds, 'a = 1\n[t.u]\na = 2\n', ['t'], 2);
test('finds a dotted key', finds, 'a = 1\n b . c=2\n', ['b', 'c'], 2);
test('finds a quoted key', finds, 'a = 1\n"b c"."d.e" = 2\n', ['b c', 'd.e'], 2);
test('finds a key in single quotes', finds, "a = 1\n'b' = 2\n", ['b'], 2);
test('finds an escaped key', finds, 'a = 1\n"\\u0062" = 2\n', ['b'], 2);
test('finds the list of tables', finds, 'a = 1\n[[b]]\nc = 2\n', ['b', 'c'], 3);
test('gives a key of an inline table the line of the table', finds, 'a = 1\nb = { c = 1 }\n', ['b', 'c'], 2);
test('gives an absent key the line of its table', finds, 'a = 1\n[b]\nc = 1\n', ['b', 'z'], 2);
test('gives an absent top-level key line 1', finds, '\n\na = 1\n', ['z'], 1);
test('is not misled by text of several lines', finds, 'a = """\nb = 1\n[c]\n\\"""\nd"""\nb = 2\n', ['b'], 6);
test('is not misled by text that ends with quotes', finds, 'a = """x"""""\nb = 2\n', ['b'], 2);
test('is not misled by literal text of several lines', finds, "a = '''\nb = 1\n\\'''\nb = 2\n", ['b'], 4);
test('is not misled by a list of several lines', finds, 'a = [ "]", # ]\n "b = 1",\n]\nb = 2\n', ['b'], 4);
test('is not misled by a comment that looks like a key', finds, 'a = 1 # b = 1\nb = 2\n', ['b'], 2);
test('is not misled by quotes and hashes in text', finds, 'a = "#\\"" # "\nb = 2\n', ['b'], 2);
test('counts lines that end with CR and LF', finds, 'a = 1\r\n\r\nb = 2\r\n', ['b'], 3);
test('gives line 1 where nothing is found', finds, '???', ['a'], 1);
