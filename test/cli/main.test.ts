import { randomBytes } from 'node:crypto';
import test from 'ava';
import type { CommandEntry, Invocation } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { ToldElsewhere } from '../../src/cli/machine.ts';
import { main } from '../../src/cli/main.ts';
import { ReaderGone } from '../../src/cli/output.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
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
  test(`help of ${name} shows its options, and its examples work as they stand`, async (t) => {
    const { meta } = await load();
    t.is(meta.name, name);
    const { out } = await speak(['help', ...name.split(' ')]);
    t.is((await speak([...name.split(' '), '--help'])).out, out);
    for (const { flags } of meta.options) t.true(out.includes(flags));
    t.true(meta.examples.length > 0);
    for (const { line } of meta.examples) {
      t.true(out.includes(line));
      const [, words = ''] = new RegExp(`(?:^|\\| )agentkeys ${name}(.*?)(?: [<|].*)?$`).exec(line) ?? [];
      if (name !== 'run') t.false(parseCommandLine(meta, words.trim().split(' ').filter(Boolean)).wantsHelp);
    }
  });
}

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['sotre openai', /no such verb; did you mean store\?/],
  ['frobnicate', /error: there is no such verb\n/],
  ['audit', /audit needs one of: tail, verify/],
  ['status --jso', /status has no option --jso\n/],
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
  ['status --color sometimes', /does not take that value/],
  ['help nothing', /no such verb/],
  ['run -- true', /native client/],
];

for (const [line, message] of mistakes) {
  test(`"${line}" is a mistake that is explained`, async (t) => {
    const { exitCode, out, err } = await speak(line.split(' '));
    t.is(exitCode, 2);
    t.is(out, '');
    t.regex(err, message);
    t.regex(err, /^agentkeys: error: [^A-Z].*[^.]\nagentkeys: hint: .*\n$/);
  });
}

test('a value that was typed by mistake is not repeated', async (t) => {
  const canary = randomBytes(12).toString('hex').toUpperCase();
  for (const words of [
    ['store', `--value=${canary}`],
    ['store', 'openai', canary, '--stdin'],
    ['store', canary, '--stdin'],
    ['read', canary, '--unsafe-stdout'],
    ['status', `--json=${canary}`],
    ['status', '--color', canary],
    [canary],
    ['help', canary],
    ['audit tail', '-n', canary],
  ]) {
    const { exitCode, out, err } = await speak(words);
    t.is(exitCode, 2, words.join(' '));
    t.false(`${out}${err}`.toUpperCase().includes(canary), words.join(' '));
  }
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
