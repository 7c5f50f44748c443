/** Texts and files that mean harm: each is refused by both readers, at its line, and nothing of it is repeated. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { readConfig } from '../../src/config/config.ts';
import { createSystemClock } from '../../src/core/clock.ts';
import type { AgentKeysError } from '../../src/core/errors.ts';
import { parseProfileName } from '../../src/core/ids.ts';
import { createProfileStore } from '../../src/profile/store.ts';
import { createDirectory, openFile, profileChecks, refusalOf } from '../support/profiles.ts';
import { asRoot } from '../support/root.ts';

const ownUid = process.getuid?.() ?? -1;
/** Looks like a token; nothing of ours does. */
const canary = `sk-${randomBytes(12).toString('hex')}`;

interface Reader {
  readonly name: 'config' | 'profile';
  /** Two lines that are right. */
  readonly head: string;
  read(directory: string): unknown;
}

const readers: readonly Reader[] = [
  {
    name: 'profile',
    head: 'schema = 1\nname = "profile"\n',
    read: (directory) =>
      createProfileStore({
        ...profileChecks,
        directories: [directory],
        openFile,
        ownUid,
        clock: createSystemClock(),
      }).find(parseProfileName('profile')),
  },
  {
    name: 'config',
    head: 'hardening = "report"\n\n',
    read: (directory) => readConfig({ directory, openFile, ownUid }),
  },
];

interface Made {
  readonly directory: string;
  readonly file: string;
}

function createFile(t: ExecutionContext, reader: Reader, text: string | Buffer): Made {
  const directory = createDirectory(t);
  const file = join(directory, `${reader.name}.toml`);
  writeFileSync(file, text, { mode: 0o600 });
  return { directory, file };
}

/** Everything that an error could carry away, causes and all. */
function requireSilence(t: ExecutionContext, error: AgentKeysError): void {
  const whole = [
    error.message,
    error.hint,
    error.stack,
    JSON.stringify(error.context),
    inspect(error, { depth: 9 }),
  ];
  t.false(whole.join('\n').includes(canary.slice(3)));
  t.is(error.cause, undefined);
}

function refusesText(title: string, text: string | Buffer, line: number, rule: RegExp): void {
  for (const reader of readers) {
    test(`${reader.name}: ${title}`, (t) => {
      const whole = Buffer.isBuffer(text)
        ? Buffer.concat([Buffer.from(reader.head), text])
        : reader.head + text;
      const { directory, file } = createFile(t, reader, whole);
      const error = refusalOf(t, () => reader.read(directory));
      t.is(error.code, reader.name === 'profile' ? 'PROFILE_INVALID' : 'CONFIG_INVALID');
      t.is(error.exit, 'configuration');
      t.like(error.context, { file, line });
      t.regex(String(error.context.rule), rule);
      requireSilence(t, error);
      t.is(Reflect.get({}, 'polluted'), undefined);
    });
  }
}

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join('');
const deep = /nested too deeply/;
const reserved = /^a key here has a reserved name$/;
/** The parser takes these for tables: without a guard, what is written there stays in the program. */
const inherited = Object.getOwnPropertyNames(Object.prototype);
const noToml = /^this is not TOML, or it defines a key twice: column \d+$/;
const noPlace = /^dates and very large numbers have no place here$/;

for (const key of ['__proto__', 'constructor', 'prototype']) {
  refusesText(`the key ${key}`, `\n${key} = { polluted = "${canary}" }\n`, 4, reserved);
  refusesText(`the table ${key}`, `# ${canary}\n[${key}]\npolluted = true\n`, 4, reserved);
  refusesText(`the table ${key} below another`, `[environment.${key}]\npolluted = true\n`, 3, reserved);
  refusesText(
    `the quoted key "${key}"`,
    `environment = { "${key}" = { polluted = "${canary}" } }\n`,
    3,
    reserved,
  );
  refusesText(`the key ${key} in a list`, `match = [{ ${key} = { polluted = 1 } }]\n`, 3, reserved);
}
for (const key of inherited) {
  refusesText(
    `the table ${key}, which every object has`,
    `\n[${key}]\npolluted = "${canary}"\n`,
    4,
    reserved,
  );
  refusesText(`a key of ${key}, which every object has`, `\n${key}.call = "${canary}"\n`, 4, reserved);
  refusesText(`a key of ${key} below another`, `a.${key}.polluted.b = "${canary}"\n`, 3, reserved);
  refusesText(`a key of ${key} in an inline table`, `\n\na = { ${key}.call = "${canary}" }\n`, 5, reserved);
}
test('nothing of all this has stayed', (t) => {
  const functions = inherited.map((name) => Object.getOwnPropertyDescriptor(Object.prototype, name)?.value);
  for (const value of functions.filter((one) => typeof one === 'function'))
    t.deepEqual(Object.keys(value), []);
  t.deepEqual(Object.keys(Object.prototype), []);
  t.is(Object.prototype.toString.call([]), '[object Array]');
});
refusesText('a reserved key written with escapes', `"\\u005f_proto__" = "${canary}"\n`, 3, reserved);

refusesText('5,000 lists in each other', `a = ${'['.repeat(5000)}"${canary}"${']'.repeat(5000)}\n`, 3, deep);
refusesText(
  '5,000 tables in each other',
  `a = ${'{a='.repeat(5000)}"${canary}"${'}'.repeat(5000)}\n`,
  3,
  deep,
);
refusesText('a header of 30,000 parts', `[${'a.'.repeat(30_000)}a]\nb = 1\n`, 3, deep);
refusesText('a key of 30,000 parts', `${'a.'.repeat(30_000)}a = 1\n`, 3, deep);
refusesText(
  '4,000 keys below a header of 10,000 parts',
  `[${'a.'.repeat(10_000)}a]\n${many(4000, (index) => `b${index} = 1\n`)}`,
  3,
  deep,
);
refusesText('60,000 brackets that stay open', `a = ${'['.repeat(60_000)}`, 3, noToml);

refusesText('a key given twice', `b = "${canary}"\nb = "${canary}"\n`, 4, noToml);
refusesText('a key given twice in an inline table', `a = { B = "${canary}", B = "" }\n`, 3, noToml);
refusesText('a table given twice', '[a]\nb = 1\n\n[a]\n', 6, noToml);
refusesText('an inline table that goes on below', 'a = { b = 1 }\n[a.c]\n', 4, noToml);
refusesText('text without an end', `a = "${canary}\n`, 3, noToml);
refusesText('text of several lines without an end', `a = """${canary}\n\n`, 5, noToml);
refusesText('a bare value', `a = ${canary}\n`, 3, noToml);
refusesText('a bare word', `\n${canary}\n`, 4, noToml);
refusesText('a NUL', `\n# \0${canary}\n`, 4, noToml);
refusesText('a NUL in text', `a = "\0${canary}"\n`, 3, noToml);
refusesText('a control character in a remark', `# \u0001${canary}\n`, 3, noToml);
refusesText('half of a surrogate pair', `a = "\\ud800${canary}"\n`, 3, noToml);

refusesText('a number beyond 2^53', 'a = 9007199254740993\n', 3, noPlace);
refusesText('a number below -2^53', 'a = -9007199254740993\n', 3, noPlace);
refusesText('a number of 60,000 digits', `a = ${'9'.repeat(60_000)}\n`, 3, noPlace);
refusesText('a number of 60,000 digits with underscores', `a = 1${'_1'.repeat(30_000)}\n`, 3, noPlace);
refusesText('a hexadecimal number beyond 2^53', 'a = 0x20000000000001\n', 3, noPlace);
refusesText('the 30th of February', '\na = 2023-02-30\n', 4, noPlace);
refusesText('a date', 'a = 1979-05-27\n', 3, noPlace);
refusesText('a time', 'a = 07:32:00\n', 3, noPlace);
refusesText('a date and time', 'a = 1979-05-27T07:32:00Z\n', 3, noPlace);
refusesText('a date in a list, at the key of the list', 'a = [\n1979-05-27T07:32:00Z\n]\n', 3, noPlace);
refusesText('the first day of the 13th month', '\n\na = 2023-13-01\n', 5, /^there is no such date or time$/);

refusesText(
  '8,000 unknown keys',
  many(8000, (index) => `k${index}=1\n`),
  3,
  /^a key here is unknown$/,
);
refusesText('an unknown key of 60,000 letters', `${'k'.repeat(60_000)} = 1\n`, 3, /^a key here is unknown$/);
refusesText('an unknown key that every object has', `toString = "${canary}"\n`, 3, /^a key here is unknown$/);
refusesText('an empty key', `"" = "${canary}"\n`, 3, /^a key here is unknown$/);
refusesText('a key that could be a token', `"${canary}" = 1\n`, 3, /^a key here is unknown$/);
refusesText('a table that could be a token', `[${canary}]\na = 1\n`, 3, /^a key here is unknown$/);
refusesText('an unknown key in capitals', '\nSCHEMA = 1\n', 4, /nearest known key is/);

refusesText('bytes that are no UTF-8', Buffer.from([0x23, 0xc3, 0x28, 0x0a]), 1, /^the text is not UTF-8$/);
refusesText('an overlong NUL', Buffer.from([0x23, 0xc0, 0x80, 0x0a]), 1, /^the text is not UTF-8$/);
refusesText('a surrogate in UTF-8', Buffer.from([0x23, 0xed, 0xa0, 0x80]), 1, /^the text is not UTF-8$/);
refusesText('a line too many', `# ${canary}`.padEnd(65_536, 'x'), 1, /^the file has more than 65536 bytes$/);

for (const reader of readers) {
  test(`${reader.name}: a byte order mark`, (t) => {
    const { directory, file } = createFile(t, reader, `\uFEFF${reader.head}`);
    const error = refusalOf(t, () => reader.read(directory));
    t.deepEqual(error.context, { file, line: 1, rule: 'the text begins with a byte order mark' });
  });

  test(`${reader.name}: UTF-16`, (t) => {
    const { directory } = createFile(t, reader, Buffer.from(`\uFEFF${reader.head}`, 'utf16le'));
    t.is(refusalOf(t, () => reader.read(directory)).context.rule, 'the text is not UTF-8');
  });

  test(`${reader.name}: what is right beside all this is read`, (t) => {
    const { directory } = createFile(t, reader, reader.head.replaceAll('\n', '\r\n'));
    t.truthy(reader.read(directory));
  });
}

function refusesFile(
  register: (title: string, implementation: (t: ExecutionContext) => void) => void,
  title: string,
  rule: RegExp,
  spoil: (made: Made) => void,
): void {
  for (const reader of readers) {
    register(`${reader.name}: ${title}`, (t) => {
      const made = createFile(t, reader, `${reader.head}# ${canary}\n`);
      spoil(made);
      const error = refusalOf(t, () => reader.read(made.directory));
      t.is(error.code, reader.name === 'profile' ? 'PROFILE_UNSAFE' : 'CONFIG_UNSAFE');
      t.regex(String(error.context.rule), rule);
      t.true(String(error.context.file).startsWith(made.directory));
      requireSilence(t, error);
    });
  }
}

const noFile = /^it is not a regular file$/;
const others = /^its group or others can write to it$/;

refusesFile(test, 'a file that its group can write', others, ({ file }) => chmodSync(file, 0o620));
refusesFile(test, 'a file that others can write', others, ({ file }) => chmodSync(file, 0o602));
refusesFile(test, 'a directory that others can write', others, ({ directory }) =>
  chmodSync(directory, 0o777),
);
refusesFile(test, 'a symbolic link', /^it is a symbolic link$/, ({ file }) => {
  renameSync(file, `${file}.real`);
  symlinkSync(`${file}.real`, file);
});
refusesFile(test, 'a link to nothing', /^it is a symbolic link$/, ({ file }) => {
  rmSync(file);
  symlinkSync('/nowhere', file);
});
refusesFile(test, 'a link in the place of the directory', /^it is a symbolic link$/, ({ directory }) => {
  renameSync(directory, `${directory}.real`);
  symlinkSync(`${directory}.real`, directory);
});
refusesFile(test, 'a FIFO', noFile, ({ file }) => {
  rmSync(file);
  execFileSync('mkfifo', ['-m', '600', file]);
});
refusesFile(test, 'a directory', noFile, ({ file }) => {
  rmSync(file);
  mkdirSync(file, { mode: 0o700 });
});
refusesFile(test, 'a socket', noFile, ({ file }) => {
  rmSync(file);
  execFileSync('python3', [
    '-c',
    'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
    file,
  ]);
  chmodSync(file, 0o600);
});
refusesFile(asRoot, 'a device without an end', noFile, ({ file }) => {
  rmSync(file);
  execFileSync('mknod', ['-m', '600', file, 'c', '1', '5']);
});
refusesFile(asRoot, 'a file of somebody else', /^it belongs to somebody else$/, ({ file }) =>
  chownSync(file, 65_534, 65_534),
);

for (const reader of readers) {
  test(`${reader.name}: 2 GiB of nothing`, (t) => {
    const { directory, file } = createFile(t, reader, reader.head);
    truncateSync(file, 2 ** 31);
    const error = refusalOf(t, () => reader.read(directory));
    t.deepEqual(error.context, { file, line: 1, rule: 'the file has more than 65536 bytes' });
  });
}
