import { randomBytes } from 'node:crypto';
import test from 'ava';
import { type CommandEntry, type Invocation, verbGroups } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { ToldElsewhere } from '../../src/cli/machine.ts';
import { main } from '../../src/cli/main.ts';
import { ReaderGone } from '../../src/cli/output.ts';
import { AgentKeysError } from '../../src/core/errors.ts';

interface Heard {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function speak(words: readonly string[], entries: readonly CommandEntry[] = commands): Promise<Heard> {
  const heard = { out: '', err: '' };
  const exitCode = await main({
    words,
    commands: entries,
    createMachine: () => ({
      version: '0.1.0',
      paths: () => Promise.reject(new AgentKeysError('INTERNAL')),
      profiles: () => Promise.reject(new AgentKeysError('INTERNAL')),
      checkConfig: () => Promise.reject(new AgentKeysError('INTERNAL')),
      whenReaderGone: async () => () => {},
      probeSecretMemory: () => Promise.reject(new AgentKeysError('INTERNAL')),
      withBroker: () => Promise.reject(new AgentKeysError('DAEMON_UNREACHABLE', { socket: '/nowhere' })),
      runStep: async () => 0,
      readEnvNames: async () => ({ exitCode: 0, text: '' }),
      openInput: async () => 0,
      hasTerminal: async () => false,
      startDaemon: async () => {},
      confirm: async () => undefined,
      choose: async () => undefined,
      runDaemon: async () => 7,
    }),
    environment: {},
    isTerminal: () => false,
    write(descriptor, text) {
      heard[descriptor === 1 ? 'out' : 'err'] += text;
    },
  });
  return { exitCode, ...heard };
}

/** A registry of one command. */
function only(name: string, run: (invocation: Invocation) => Promise<number>): CommandEntry[] {
  const meta = { name, summary: 'for a test', arguments: [], options: [], examples: [] };
  return [{ name, load: async () => ({ meta, run }) }];
}

for (const words of [[], ['help'], ['--help'], ['-h']]) {
  test(`the words "${words.join(' ')}" show every verb`, async (t) => {
    const { exitCode, out, err } = await speak(words);
    t.is(exitCode, 0);
    t.is(err, '');
    for (const { name } of commands) t.regex(out, new RegExp(`^  ${name} `, 'm'));
  });
}

for (const { name, load } of commands) {
  test(`help of ${name} shows its options, also with --help and -h`, async (t) => {
    const { meta } = await load();
    t.is(meta.name, name);
    const { out } = await speak(['help', ...name.split(' ')]);
    t.is((await speak([...name.split(' '), '--help'])).out, out);
    t.is((await speak([...name.split(' '), '-h'])).out, out);
    for (const { flags } of meta.options) t.true(out.includes(flags));
  });
}

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['sotre openai', /no such verb; did you mean store\?/],
  ['frobnicate', /error: there is no such verb\n/],
  ['audit', /audit needs one of: tail, show, verify.*\n.*agentkeys help audit shows/],
  ['audit tial', /audit has no such part; did you mean audit tail\?/],
  ['adit', /no such verb; did you mean audit\?/],
  ['help audit tial', /did you mean audit tail\?/],
  ['--frob status', /may stand before the verb/],
  [
    'status --jso',
    /status has no option --jso; did you mean --json\?\n.*agentkeys help status shows its options/,
  ],
  ['status --frobnicate', /status has no option --frobnicate\n/],
  ['--json status --nonsense', /^\{"error":\{"code":"USAGE"/],
  ['store -- -h', /service name is not valid: it begins with a dash/],
  ['store .hidden --stdin', /service name is not valid: it begins with a dot/],
  ['status -- --json', /^agentkeys: error: status was given too many arguments/],
  ['status --nonsense -- --help', /status has no option --nonsense/],
  ['status --sk-LIVE-12', /status has no such option\n/],
  ['status -sk1', /status has no such option\n/],
  ['status --color', /the option --color <when> needs a value/],
  ['--color', /may stand before the verb/],
  ['status now', /too many arguments/],
  ['store --stdin', /store needs SERVICE/],
  ['store openai', /at a terminal, and here is none: give --stdin or --file/],
  ['store openai --stdin --file key.txt', /exclude each other/],
  ['store openai --stdin=1', /--stdin takes no value: a value never goes on the command line/],
  ['store openai secret', /too many arguments: a value never goes on the command line/],
  ['import', /import needs FILE/],
  ['import .env --as openai', /--as takes NAME=SERVICE/],
  ['import .env --only ABSENT', /a variable that the file does not have/],
  ['remove', /remove needs SERVICE/],
  ['audit tail -n', /needs a value/],
  ['audit tail -n many', /a number from 1/],
  ['audit tail -n 0', /a number from 1/],
  ['status --color sometimes', /--color <when> takes one of: auto, always, never/],
  ['status --color=sometimes', /--color <when> takes one of: auto, always, never/],
  ['--color=sometimes status', /--color <when> takes one of: auto, always, never/],
  ['help nothing', /no such verb/],
  ['run -- true', /native client/],
];

for (const [line, message] of mistakes) {
  test(`"${line}" is a mistake that is explained`, async (t) => {
    const { exitCode, out, err } = await speak(line.split(' '));
    t.is(exitCode, 2);
    t.is(out, '');
    t.regex(err, message);
    if (!err.startsWith('{')) t.regex(err, /^agentkeys: error: [^A-Z].*[^.]\nagentkeys: hint: .*\n$/);
  });
}

const picky: readonly CommandEntry[] = only('pick', async () => 0).map(({ name, load }) => ({
  name,
  load: async () => {
    const { meta, run } = await load();
    return { meta: { ...meta, arguments: [{ name: 'SHELL', summary: '', choices: ['a', 'b'] }] }, run };
  },
}));

test('an argument that is none of its choices is told them', async (t) => {
  const { err } = await speak(['pick', 'c'], picky);
  t.regex(err, /SHELL takes one of: a, b\n/);
});

test('a value that was typed by mistake is not repeated', async (t) => {
  const canary = randomBytes(12).toString('hex').toUpperCase();
  for (const words of [
    ['store', `--value=${canary}`],
    ['store', 'openai', canary, '--stdin'],
    ['store', canary, '--stdin'],
    ['read', canary, '--unsafe-stdout'],
    ['status', `--json=${canary}`],
    ['status', '--color', canary],
    ['status', `--${canary}`],
    ['status', `-${canary}`],
    ['status', `--sk-${canary.toLowerCase()}`],
    ['pick', canary],
    ['pick', `' is invalid for argument '${canary}`],
    ['--color', canary, 'status'],
    [`--color=${canary}`, 'status'],
    ['audit', canary],
    [canary],
    ['help', canary],
    ['audit tail', '-n', canary],
  ]) {
    const { exitCode, out, err } = await speak(words, [...commands, ...picky]);
    t.is(exitCode, 2, words.join(' '));
    t.false(`${out}${err}`.toUpperCase().includes(canary), words.join(' '));
  }
});

test('flags of the program may stand before the verb', async (t) => {
  const json = await speak(['--json', 'version']);
  t.like(JSON.parse(json.out), { version: '0.1.0' });
  t.is((await speak(['--json', '--color', 'never', '--version'])).out, json.out);
  t.true((await speak(['--color', 'always', 'help', 'audit', 'tail'])).out.includes('\u001b[1mexamples:'));
  t.is((await speak(['--color', 'never'])).out, (await speak([])).out);
  t.is((await speak(['audit', '--help'])).out, (await speak(['help', 'audit'])).out);
});

test('the overview names each group once, and a verb without one follows its neighbour', async (t) => {
  const entries = [...only('zeta', async () => 0), ...commands];
  const { out } = await speak([], entries);
  t.regex(out, /launch agents:\n {2}zeta /);
  for (const title of Object.values(verbGroups)) t.true(out.split(`\n${title}:\n`).length <= 2, title);
});

test('with --json a mistake is JSON too', async (t) => {
  const { exitCode, err } = await speak(['status', '--json', '--nonsense']);
  t.is(exitCode, 2);
  t.like(JSON.parse(err), { error: { code: 'USAGE' } });
});

test('a daemon that cannot be reached ends status, ps and stop with 69', async (t) => {
  for (const verb of ['status', 'ps', 'stop']) {
    const { exitCode, err } = await speak([verb]);
    t.is(exitCode, 69);
    t.regex(err, /no daemon answers at \/nowhere/);
  }
});

test('words without a flag are arguments, if they fit', async (t) => {
  const seen: (readonly string[])[] = [];
  const meta = {
    name: 'take',
    summary: '',
    arguments: [
      { name: 'ONE', summary: '', choices: ['a', 'b'] },
      { name: 'MORE', summary: '', isOptional: true, isRepeatable: true },
    ],
    options: [],
    examples: [],
  };
  const run = async (invocation: Invocation) => seen.push(invocation.arguments);
  const entries: CommandEntry[] = [{ name: 'take', load: async () => ({ meta, run }) }];
  await speak(['take', 'a'], entries);
  await speak(['take', 'b', 'c', 'd'], entries);
  t.deepEqual(seen, [['a'], ['b', 'c', 'd']]);
  t.is((await speak(['take'], entries)).exitCode, 2);
  t.is((await speak(['take', 'c'], entries)).exitCode, 2);
  t.is(seen.length, 2);
});

test('a command is given what was typed for it', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Invocation>();
  const entries: CommandEntry[] = [
    {
      name: 'two words',
      load: async () => ({
        meta: {
          name: 'two words',
          summary: '',
          arguments: [{ name: 'FIRST', summary: '' }],
          options: [
            { flags: '-n, --count <n>', summary: '' },
            { flags: '--unsafe-stdout', summary: '' },
          ],
          examples: [],
        },
        run: async (invocation) => {
          resolve(invocation);
          return 5;
        },
      }),
    },
  ];
  t.is((await speak(['two', 'words', '--count', '3', 'x', '--unsafe-stdout'], entries)).exitCode, 5);
  const { arguments: given, options } = await promise;
  t.deepEqual(given, ['x']);
  t.like(options, { count: '3', unsafeStdout: true });
});

test('what a native step has told already is not told again', async (t) => {
  const run = async () => {
    throw new ToldElsewhere(69);
  };
  t.deepEqual(await speak(['x'], only('x', run)), { exitCode: 69, out: '', err: '' });
});

test('a reader that has gone ends the program without a word', async (t) => {
  const run = async () => {
    throw new ReaderGone();
  };
  t.deepEqual(await speak(['x'], only('x', run)), { exitCode: 1, out: '', err: '' });
});

test('a daemon in the foreground passes its exit code on', async (t) => {
  t.is((await speak(['daemon', '--foreground'])).exitCode, 7);
});
