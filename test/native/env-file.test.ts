/** The form of .env files, as the two native steps read them. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { root } from '../support/source-tree.ts';

const client = join(root, 'bin/agentkeys');

function step(t: ExecutionContext, content: string | Buffer, args: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'ak-env-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'env'), content);
  const input = openSync(join(directory, 'env'), 'r');
  const { status, output } = spawnSync(client, args, { stdio: [input, 'pipe', 'pipe', 'pipe'] });
  closeSync(input);
  const [, out, err, value] = output;
  return { status, out: String(out), err: String(err), value: value ?? Buffer.alloc(0) };
}

const names = (t: ExecutionContext, content: string | Buffer) => step(t, content, ['native-env-names']).out;

const values: readonly (readonly [string, string, string])[] = [
  ['a plain value', 'A=value', 'value'],
  ['after export', 'export A=value\n', 'value'],
  ['after export and more blanks', '  export \t A=value\n', 'value'],
  ['blanks around the equals sign', 'A \t= value\n', 'value'],
  ['blanks at both ends', 'A=  two words \t \n', 'two words'],
  ['a comment behind it', 'A=value # comment\n', 'value'],
  ['a number sign within', 'A=va#lue#\n', 'va#lue#'],
  ['a number sign first', 'A=#value\n', '#value'],
  ['quotes within', 'A=va"l\'ue\n', 'va"l\'ue'],
  ['an equals sign within', 'A=va=lue==\n', 'va=lue=='],
  ['a backslash and a dollar without quotes', 'A=$B\\n\n', '$B\\n'],
  ['line ends of Windows', 'B=1\r\nA=value\r\n', 'value'],
  ['a byte order mark', '\ufeffA=value\n', 'value'],
  ['single quotes', "A=' va\\n#lue$B ' # c\n", ' va\\n#lue$B '],
  ['single quotes over lines', "A='one\ntwo\r\n three'\n", 'one\ntwo\r\n three'],
  ['double quotes', 'A=" va#lue " # c\n', ' va#lue '],
  ['escapes', 'A="a\\nb\\rc\\td\\"e\\\\f\\$g"\n', 'a\nb\rc\td"e\\f$g'],
  ['double quotes over lines', 'A="-----BEGIN\nabc=\n-----END"\n', '-----BEGIN\nabc=\n-----END'],
  ['a dollar in double quotes', 'A="$HOME`x`"\n', '$HOME`x`'],
  ['UTF-8', 'A=wörld\n', 'wörld'],
  ['the last of two', 'A=first\nA=second\n', 'second'],
  ['quotes and nothing behind them', "A='value'", 'value'],
];

for (const [title, content, value] of values) {
  test(`a value is taken as it is meant: ${title}`, (t) => {
    t.true(names(t, content).includes(' A\n'));
    const { status, value: seen } = step(t, content, ['native-env-value', 'A']);
    t.is(status, 0);
    t.is(seen.toString(), value);
  });
}

const faulty: readonly (readonly [string, string, string])[] = [
  ['no equals sign', 'SECRET', '1 ?form\n'],
  ['no name', '=SECRET', '1 ?form\n'],
  ['a name that begins with a digit', '1A=SECRET', '1 ?form\n'],
  ['a name with a dash', 'A-B=SECRET', '1 ?form\n'],
  ['a name of 129 bytes', `${'A'.repeat(129)}=SECRET`, '1 ?form\n'],
  ['export alone', 'export', '1 ?form\n'],
  ['two words before the equals sign', 'SECRET A=b', '1 ?form\n'],
  ['an empty value', 'A=\nB=""\nC= # x', '1 ?empty\n2 ?empty\n3 ?empty\n'],
  ['what base64 ends with', 'c2VjcmV0==\nc2VjcmV0=', '1 ?form\n2 ?empty\n'],
  ['text behind the quotes', 'A="x"SECRET', '1 ?form\n'],
  ['an unknown escape', 'A="\\x41"', '1 ?escape\n'],
  ['an unknown escape, and text behind the quotes', 'A="\\x41"SECRET', '1 ?escape\n'],
  ['an escaped line end', 'A="\\\nSECRET"\nB=1', '1 ?escape\n3 B\n'],
  ['a quote that is never closed', 'B=1\nA="x\nSECRET=abc\nC=1', '1 B\n2 ?quote\n'],
  ['a single quote that is never closed', "A='x\nSECRET=abc", '1 ?quote\n'],
  ['backticks', 'A=`x`\nB=1', '1 ?backtick\n2 B\n'],
  ['backticks over lines', 'A=`x\nSECRET=abc\n`\nB=1', '1 ?backtick\n4 B\n'],
  ['a backtick that is never closed', 'A=`x\nSECRET=abc', '1 ?quote\n'],
  ['a backslash at the very end', 'A="x\\', '1 ?quote\n'],
  ['a NUL byte', 'A=x\0y', '1 ?nul\n'],
  ['a value that is too long', `A=${'x'.repeat(65_536)}`, '1 ?long\n'],
  ['a later line of the name that cannot be used', 'A=1\nA="\\q"\nB=2', '1 ?replaced\n2 ?escape\n3 B\n'],
  ['nothing at all', '', ''],
  ['a byte order mark and nothing else', '\ufeff', ''],
  ['comments and empty lines', '# A=1\n\n  \t\n  # B=2\n', ''],
];

for (const [title, content, expected] of faulty) {
  test(`a line that cannot be used is named by its number: ${title}`, (t) => {
    const { status, out, err } = step(t, content, ['native-env-names']);
    t.deepEqual({ status, out, err }, { status: 0, out: expected, err: '' });
    t.is(step(t, content, ['native-env-value', 'A']).status, 8);
  });
}

test('a name may begin with export, or be it', (t) => {
  t.is(names(t, 'exportA=1\nexport=1\nexport_A = 1\n'), '1 exportA\n2 export\n3 export_A\n');
});

test('lines are counted through quotes', (t) => {
  t.is(names(t, '\n# c\nA="1\n2\n3"\nB=\'\n\'\nC=1\n'), '3 A\n6 B\n8 C\n');
});

test('the longest value and the longest name are taken', (t) => {
  const name = 'N'.repeat(128);
  const content = `${name}='${'x'.repeat(65_535)}'`;
  t.is(names(t, content), `1 ${name}\n`);
  t.is(step(t, content, ['native-env-value', name]).value.length, 65_535);
});

test('a value is written into the pipe and nowhere else', (t) => {
  const { out, err } = step(t, 'A=SECRET\n', ['native-env-value', 'A']);
  t.is(out + err, '');
});

test('files have bounds: 1 MiB, 1000 lines', (t) => {
  t.is(step(t, `A=1\n#${' '.repeat(1_048_576 - 5)}`, ['native-env-names']).out, '1 A\n');
  t.is(step(t, `A=1\n#${' '.repeat(1_048_576 - 4)}`, ['native-env-names']).status, 3);
  const lines = Array.from({ length: 1000 }, (_, index) => `N${index}=1\n`).join('');
  t.is(names(t, lines).split('\n').length, 1001);
  t.is(step(t, `${lines}A=1\n`, ['native-env-names']).status, 9);
  t.is(step(t, `${lines}broken\n`, ['native-env-names']).out, '');
});

test('every beginning of a file is read without harm', (t) => {
  const content = 'export A="x\\n\\$" # c\r\nB=\'y\n\'\nC=z # d\nD="\\q"\n';
  for (let length = 0; length <= content.length; length++)
    t.is(step(t, content.slice(0, length), ['native-env-names']).status, 0, `${length}`);
});

test('what is no regular file is not read', (t) => {
  const { status } = spawnSync(client, ['native-env-names'], { input: 'A=1\n' });
  t.is(status, 5);
});
