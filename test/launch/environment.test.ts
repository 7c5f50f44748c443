/** The agent's environment: what reaches it, who wins, every name once, every value byte for byte. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { dangerousExactNames, dangerousPrefixes } from '../../src/core/dangerous-names.ts';
import { createHome, type Home, type RunOptions } from '../support/daemon.ts';
import { agentFile, parseTold, type Told, valuesOf } from '../support/told.ts';

function profileFile(home: Home, lines: string, directory = '.'): string {
  mkdirSync(join(home.directory, directory), { recursive: true });
  const file = join(home.directory, directory, 'agent.toml');
  writeFileSync(file, `schema = 1\nname = "agent"\n${lines}\n`);
  return file;
}

async function tell(home: Home, lines: string, options?: RunOptions): Promise<Told> {
  return parseTold(await home.run(['run', '-p', profileFile(home, lines), '--', agentFile], options));
}

/** Starts the client with exactly these entries, two of one name and one without an equals sign included. */
function rawCaller(entries: readonly string[]): readonly string[] {
  const python = `
import ctypes, json, sys
words = [word.encode() for word in sys.argv[2:]]
entries = [entry.encode() for entry in json.loads(sys.argv[1])]
pack = lambda strings: (ctypes.c_char_p * (len(strings) + 1))(*strings, None)
ctypes.CDLL(None).execve(words[0], pack(words), pack(entries))`;
  return ['python3', '-c', python, JSON.stringify(entries)];
}

test('with none the agent has what the profile and the command line give, and nothing else', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'stored');
  const lines = '[credentials.KEY]\nfrom = "vault:demo"\n[environment]\ninherit = "none"\nset = { CI = "1" }';
  const { environment } = await tell(home, lines, { env: { LANG: 'C', LEFT: 'over' } });
  const socket = `AGENTKEYS_SOCKET=${home.directory}/run/agentkeys.sock`;
  t.deepEqual(environment.toSorted(), [socket, 'CI=1', 'KEY=stored']);
});

test('with minimal the agent has the harmless variables, what is passed, and nothing that is unset', async (t) => {
  const home = createHome(t);
  const entries = [
    ...['HOME', 'LANG', 'LANGUAGE', 'LC_ALL', 'LC_ODD', 'LOGNAME', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER'],
    ...['EDITOR', 'MY_A', 'MY_B', 'MY_', 'MYSELF', 'LC', 'HOMES', 'LEFT'],
  ].map((name) => `${name}=c`);
  const fixed = [`AGENTKEYS_HOME=${home.directory}`, 'PATH=/usr/bin:/bin'];
  const lines =
    '[environment]\ninherit = "minimal"\npass = ["EDITOR", "MY_*"]\nunset = ["MY_B", "LC_*", "TERM", "NEVER_*"]';
  const { environment } = await tell(home, lines, { prefix: rawCaller([...fixed, ...entries]) });
  const expected = [
    'HOME',
    'LANG',
    'LANGUAGE',
    'LOGNAME',
    'SHELL',
    'TMPDIR',
    'TZ',
    'USER',
    'EDITOR',
    'MY_A',
    'MY_',
  ];
  t.deepEqual(
    environment.filter((entry) => !entry.startsWith('AGENTKEYS_SOCKET=')).toSorted(),
    [...fixed, ...expected.map((name) => `${name}=c`)].toSorted(),
  );
});

test('with caller the agent has everything but what is unset, odd entries as they are', async (t) => {
  const home = createHome(t);
  const kept = [
    `AGENTKEYS_HOME=${home.directory}`,
    'PATH=/usr/bin:/bin',
    'A=',
    'B=x=y',
    'no equals sign',
    'a b=c',
  ];
  const entries = [...kept, 'GONE=1', 'GONE_TOO=1'];
  const { environment } = await tell(home, '[environment]\nunset = ["GONE*"]', {
    prefix: rawCaller(entries),
  });
  t.deepEqual(
    environment.filter((entry) => !entry.startsWith('AGENTKEYS_SOCKET=')).toSorted(),
    kept.toSorted(),
  );
});

const winners: readonly [string, string, readonly string[], string][] = [
  ['a credential', '[credentials.KEY]\nfrom = "vault:demo"', [], 'stored'],
  [
    'a credential of the command line',
    '[environment]\nset = { KEY = "set" }',
    ['--env', 'KEY=vault:demo'],
    'stored',
  ],
  ['a fixed value', '[environment]\nset = { KEY = "set" }', [], 'set'],
  ['the first of the caller', '', [], 'first'],
];
for (const [winner, lines, options, expected] of winners) {
  test(`a name that the caller gives twice is there once: ${winner} wins`, async (t) => {
    const home = createHome(t);
    await home.store('demo', 'stored');
    const entries = [`AGENTKEYS_HOME=${home.directory}`, 'KEY=first', 'PATH=/usr/bin:/bin', 'KEY=second'];
    const args = ['run', '-p', profileFile(home, lines), ...options, '--', agentFile];
    const told = parseTold(await home.run(args, { prefix: rawCaller(entries) }));
    t.deepEqual(valuesOf(told, 'KEY'), [expected]);
  });
}

test('no name that makes programs run other code is set, in whatever way it is asked for', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'stored');
  const marker = join(home.directory, 'started');
  const names = [
    ...dangerousExactNames,
    ...dangerousPrefixes,
    ...dangerousPrefixes.map((prefix) => `${prefix}X`),
  ];
  t.true(names.length > 50);
  for (const name of names) {
    // A profile's message shows only keys that look like names.
    const inProfile = new RegExp(`agent.toml:[34]: ('${name}'|a key) must not be set`);
    const byOption = new RegExp(`${name} must not carry a credential`);
    const asked: readonly (readonly [readonly string[], RegExp])[] = [
      [['--env', `${name}=vault:demo`], byOption],
      [['--with', `demo=${name}`], byOption],
      [['-p', profileFile(home, `[credentials.${name}]\nfrom = "vault:demo"`, 'credential')], inProfile],
      [['-p', profileFile(home, `[environment.set]\n${name} = "x"`, 'set')], inProfile],
    ];
    for (const [options, expected] of asked) {
      const ended = await home.run(['run', ...options, '--', 'touch', marker]);
      t.is(ended.code, 125, `${options}`);
      t.regex(ended.stderr, expected);
    }
  }
  t.false(existsSync(marker));
});

test('a name that no variable can have is refused, and what was typed is not repeated', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'stored');
  const marker = join(home.directory, 'started');
  const names = ['', '1KEY', 'sk secret', 'sk-secret', 'K\u00c9Y', 'KEY\n', 'K'.repeat(129)];
  for (const name of names) {
    for (const options of [
      ['--with', `demo=${name}`],
      ['--env', `${name}=vault:demo`],
    ]) {
      const ended = await home.run(['run', ...options, '--', 'touch', marker]);
      t.is(ended.code, 125, JSON.stringify(options));
      t.regex(ended.stderr, /the variable name is not valid/);
      t.false(ended.stderr.includes('sk'), ended.stderr);
    }
    for (const table of ['credentials', 'environment.set']) {
      const value = table === 'credentials' ? '{ from = "vault:demo" }' : '"x"';
      const file = profileFile(home, `[${table}]\n${JSON.stringify(name)} = ${value}`);
      const ended = await home.run(['run', '-p', file, '--', 'touch', marker]);
      t.is(ended.code, 125);
      t.regex(ended.stderr, /agent\.toml:4: /);
    }
  }
  // The name ends at the first equals sign: what follows is no reference then.
  const equals = await home.run(['run', '--env', 'A=B=vault:demo', '--', 'touch', marker]);
  t.regex(equals.stderr, /the reference of A is not valid/);
  t.false(existsSync(marker));
});

const values: readonly [string, Buffer][] = [
  ['one byte', Buffer.from('x')],
  ['one newline', Buffer.from('\n')],
  ['lines with newlines at the end', Buffer.from('a\nb\r\n\n\n')],
  ['equals signs', Buffer.from('=a=b==')],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x80, 0x01, 0x7f, 0x1b])],
  ['65535 bytes', Buffer.alloc(65_535, 'v')],
  ['every byte but NUL', Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1))],
];
for (const [what, value] of values) {
  test(`a value of ${what} reaches the agent byte for byte`, async (t) => {
    const home = createHome(t);
    await home.store('demo', value);
    const ended = await home.run(['run', '--with', 'demo=lower_case', '--', 'printenv', 'lower_case']);
    t.is(ended.code, 0, ended.stderr);
    t.deepEqual(ended.stdout, Buffer.concat([value, Buffer.from('\n')]));
  });
}

test('a value with a NUL is refused by the name of its variable, before anything starts', async (t) => {
  const home = createHome(t);
  await home.store('demo', Buffer.from('sk-before\0sk-after'));
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '--with', 'demo', '--', 'touch', marker]);
  t.is(ended.code, 125);
  t.regex(ended.stderr, /the value for DEMO_API_KEY cannot be used: it contains a NUL byte/);
  t.false(ended.stderr.includes('sk-'));
  t.false(existsSync(marker));
});

test('more values than the kernel takes are refused, and nothing starts', async (t) => {
  const home = createHome(t);
  await home.store('demo', Buffer.alloc(65_535, 'v'));
  const marker = join(home.directory, 'started');
  const options = Array.from({ length: 64 }, (_, index) => ['--env', `KEY_${index}=vault:demo`]).flat();
  // A quarter of the stack is what arguments and environment may have.
  const ended = await home.run(['run', ...options, '--', 'touch', marker], {
    prefix: ['prlimit', '--stack=8388608'],
  });
  t.is(ended.code, 125);
  t.regex(
    ended.stderr,
    /the environment cannot be built: arguments and environment are longer than the kernel takes/,
  );
  t.false(existsSync(marker));
});
