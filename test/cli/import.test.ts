/** `import` through the built program: values arrive byte for byte, and are shown nowhere on the way. */
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Invocation } from '../../src/cli/command.ts';
import { run } from '../../src/cli/commands/import.ts';
import type { NativeStep } from '../../src/cli/machine.ts';
import { createCanary } from '../support/canary.ts';
import { createHome, type Ended, type Home } from '../support/daemon.ts';
import { openTerminal } from '../support/pty.ts';
import { asRoot } from '../support/root.ts';

interface Bench {
  readonly home: Home;
  readonly file: string;
  /** `agentkeys import FILE ARGS…` */
  import(...args: readonly string[]): Promise<Ended>;
}

async function prepare(t: ExecutionContext, content: string): Promise<Bench> {
  const home = createHome(t);
  const file = join(home.directory, 'env');
  await writeFile(file, content);
  await home.run(['init']);
  return { home, file, import: (...args) => home.run(['import', file, ...args]) };
}

const read = async (home: Home, service: string) =>
  (await home.run(['read', service, '--unsafe-stdout'])).stdout.toString();
const services = async (home: Home) =>
  JSON.parse((await home.run(['list', '--json'])).stdout.toString()).map(
    ({ service }: { service: string }) => service,
  );

test('each way of writing a value arrives byte for byte, and is not shown', async (t) => {
  const value = createCanary();
  const { home, import: importFile } = await prepare(
    t,
    `PLAIN=${value} # c\nexport SINGLE=' ${value}\n# "'\nDOUBLE_API_KEY="${value}\\n\\t\\"\\$\n"\nTRAILING_TOKEN='${value}\n'\n`,
  );
  const ended = await importFile('--all');
  t.is(ended.code, 0, ended.stderr);
  t.is(
    ended.stdout.toString(),
    [
      'stored plain from PLAIN, version 1 (run --with plain=PLAIN)',
      'stored single from SINGLE, version 1 (run --with single=SINGLE)',
      'stored double from DOUBLE_API_KEY, version 1 (run --with double)',
      'stored trailing-token from TRAILING_TOKEN, version 1 (run --with trailing-token=TRAILING_TOKEN)',
      '',
    ].join('\n'),
  );
  t.regex(ended.stderr, /^agentkeys: note: .*\/env still holds the values: .*\n$/);
  t.is(await read(home, 'plain'), value);
  t.is(await read(home, 'single'), ` ${value}\n# "`);
  t.is(await read(home, 'double'), `${value}\n\t"$\n`);
  t.is(await read(home, 'trailing-token'), `${value}\n`);
});

test('nothing of a line that cannot be used is shown', async (t) => {
  const value = createCanary().replaceAll('-', '_');
  const { home, import: importFile } = await prepare(
    t,
    [
      value,
      `${value}=`,
      `${value}==`,
      `1${value}=x`,
      `A="${value}\\q"`,
      `B="x"${value}`,
      `GOOD=1`,
      `C='`,
      `${value}=${value}`,
    ].join('\n'),
  );
  for (const args of [[], ['--dry-run'], ['--all'], ['--all', '--json', '--replace'], ['--only', value]]) {
    const { stdout, stderr } = await importFile(...args);
    t.false(`${stdout}${stderr}`.includes(value), args.join(' '));
  }
  t.deepEqual(await services(home), ['good']);
});

test('what was typed in place of a name or a file is not repeated', async (t) => {
  const value = createCanary();
  const { home, import: importFile } = await prepare(t, 'A=1\n');
  for (const args of [
    ['--only', value.replaceAll('-', '_')],
    ['--as', value],
    ['--as', `A=${value.toUpperCase()}`],
    [value],
    [`--all=${value}`],
  ]) {
    const { code, stdout, stderr } = await importFile(...args);
    t.is(code, 2);
    t.false(`${stdout}${stderr}`.toLowerCase().includes(value.toLowerCase()), args.join(' '));
  }
  const { code, stderr } = await home.run(['import', value]);
  t.is(code, 2);
  t.false(stderr.includes(value));
});

test('one name that is stored already refuses all of them, unless they are replaced', async (t) => {
  const { home, import: importFile } = await prepare(t, 'A=new\nB=new\n');
  await home.store('b', 'old');
  const refused = await importFile('--all');
  t.is(refused.code, 77);
  t.deepEqual(await services(home), ['b']);
  const replaced = await importFile('--all', '--replace', '--json');
  t.deepEqual(JSON.parse(replaced.stdout.toString()), [
    { name: 'A', service: 'a', version: 1, with: 'a=A' },
    { name: 'B', service: 'b', version: 2, with: 'b=B' },
  ]);
  t.is(await read(home, 'b'), 'new');
});

test('lines that were skipped are a failure, unless variables were named', async (t) => {
  const { import: importFile } = await prepare(t, 'GOOD=1\nno equals\nOPEN="never closed\n');
  const all = await importFile('--all', '--json');
  t.is(all.code, 1);
  const rows: readonly { line?: number; skipped?: string }[] = JSON.parse(all.stdout.toString());
  t.deepEqual(
    rows.filter(({ skipped }) => skipped !== undefined).map(({ line }) => line),
    [2, 3],
  );
  const told = await importFile('--all', '--replace');
  t.regex(told.stderr, /note: keep .*\/env: lines were skipped/);
  t.notRegex(told.stderr, /still holds/);
  t.is((await importFile('--only', 'GOOD', '--replace')).code, 0);
});

test('names are chosen, and renamed', async (t) => {
  const { home, import: importFile } = await prepare(t, 'A=1\nB=2\nC=3\nPATH=4\n_X=5\n');
  t.is((await importFile('--only', 'A', '--as', 'B=bee', '--as', '_X=under')).code, 0);
  t.deepEqual(await services(home), ['a', 'bee', 'under']);
  for (const args of [
    ['--only', 'PATH'],
    ['--as', 'PATH=path'],
    ['--only', '_X'],
    ['--as', 'A=c', '--only', 'C'],
  ])
    t.is((await importFile(...args)).code, 2, args.join(' '));
  t.deepEqual(await services(home), ['a', 'bee', 'under']);
});

test('a dry run starts no daemon and stores nothing', async (t) => {
  const home = createHome(t);
  const file = join(home.directory, 'env');
  await writeFile(file, 'A=1\nOPENAI_API_KEY=2\n');
  const { code, stdout } = await home.run(['import', file, '--dry-run', '--json']);
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout.toString()), [
    { name: 'A', service: 'a', line: 1 },
    { name: 'OPENAI_API_KEY', service: 'openai', line: 2 },
  ]);
  t.false(existsSync(join(home.directory, 'run')));
});

test('a FIFO, a directory and a device are refused at once', async (t) => {
  const { home } = await prepare(t, '');
  await home.command('mkfifo', [join(home.directory, 'fifo')]);
  await mkdir(join(home.directory, 'folder'));
  for (const name of [join(home.directory, 'fifo'), join(home.directory, 'folder'), '/dev/null', '/none'])
    t.is((await home.run(['import', name, '--all'])).code, 2, name);
});

asRoot('a file of another account is refused', async (t) => {
  const { file, import: importFile } = await prepare(t, 'A=1\n');
  await chmod(file, 0o644);
  await chown(file, 12345, 12345);
  const { code, stderr } = await importFile('--all');
  t.is(code, 2);
  t.regex(stderr, /belongs to another account/);
});

const answers: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['y, n and nothing', ['y', 'n', '', 'y'], ['a', 'd']],
  ['a takes the rest', ['n', 'a'], ['b', 'c', 'd']],
  ['q takes nothing', ['y', 'q'], []],
  ['a long line answers one question', ['x'.repeat(200), 'y', 'yes', 'q y'], ['b']],
];

for (const [title, keys, expected] of answers) {
  test(`at a terminal each name is asked about: ${title}`, async (t) => {
    const { home, file } = await prepare(t, 'A=1\nB=2\nC=3\nD=4\n');
    const terminal = await openTerminal(t, [home.client, 'import', file], home);
    for (const [index, key] of keys.entries()) {
      const name = 'ABCD'[index] ?? '';
      await terminal.until(`store ${name} as ${name.toLowerCase()}? [y/N/a/q] `);
      terminal.type(`${key}\r`);
    }
    t.is(await terminal.ended, expected.length === 0 ? 1 : 0);
    t.deepEqual(await services(home), expected);
  });
}

test('a step is given a name and the one open descriptor, never a value', async (t) => {
  const steps: Omit<NativeStep, 'pipe'>[] = [];
  const invocation = {
    arguments: ['env'],
    options: { all: true, replace: true, json: true },
    commands: [],
    voice: {
      say: t.fail,
      sayJson: () => {},
      sayJsonLine: t.fail,
      note: () => {},
      tell: () => 0,
      bold: String,
    },
    machine: {
      openInput: async () => 17,
      readEnvNames: async (input: number) => ({ exitCode: input === 17 ? 0 : 5, text: '1 A\n2 B_API_KEY\n' }),
      runStep: async ({ pipe, ...step }: NativeStep) => {
        steps.push(step);
        return pipe === 99 ? 0 : 1;
      },
      withBroker: async (_: object, use: (broker: object) => Promise<void>) =>
        await use({
          request: async () => ({ id: 1, ok: { pipe: true }, descriptors: [99] }),
          proceed: async () => ({ ok: { version: 1 } }),
        }),
    },
  };
  t.is(await run(invocation as object as Invocation), 0);
  t.deepEqual(steps, [
    { name: 'native-env-value', args: ['A'], input: 17 },
    { name: 'native-env-value', args: ['B_API_KEY'], input: 17 },
  ]);
});
