/** The client's option table and the help of `run` are one list in two languages, and mistakes are told in the same words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createHome } from '../support/daemon.ts';
import { formatRunOptions, runOptionsHeader, runOptionsPath } from '../support/run-options.ts';
import { root } from '../support/source-tree.ts';

test('the client knows exactly the options that the help of run shows', (t) => {
  const remedy = 'node test/support/run-options.ts writes it anew';
  t.is(readFileSync(join(root, runOptionsPath), 'utf8'), runOptionsHeader(), remedy);
});

test('an option without a value, with choices or without a short name has its row', (t) => {
  const header = formatRunOptions([
    { flags: '--no-pty', summary: '' },
    { flags: '-d, --deliver <mode>', summary: '', choices: ['env', 'fd'] },
  ]);
  t.true(header.includes('  RUN_NO_PTY,\n  RUN_DELIVER,\n'));
  t.true(header.includes('    {"--no-pty", "--no-pty", NULL, 0, NULL},\n'));
  t.true(header.includes('    {"-d, --deliver <mode>", "--deliver", "-d", 1, "env, fd"},\n'));
  t.throws(() => formatRunOptions([{ flags: '--[x]', summary: '' }]));
});

const canary = 'sk-LIVE-1234567890';

const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
  [['--profil', 'x'], /run has no option --profil; did you mean --profile\?\n/],
  [['--profil=x'], /run has no option --profil; did you mean --profile\?\n/],
  [['--stdin=1'], /run has no option --stdin\n/],
  [['-x'], /run has no option -x\n/],
  [['-hx'], /the option -h, --help takes no value\n/],
  [['--help=1'], /the option -h, --help takes no value\n/],
  [[`-${canary}`], /run has no such option\n/],
  [[`--${canary}`], /run has no such option\n/],
  [[`--value=${canary}`], /run has no option --value\n/],
  [['-p'], /the option -p, --profile <profile> needs a value\n/],
  [['--profile', '--', 'true'], /the option -p, --profile <profile> needs a value\n/],
  [[`-p=${canary}`, 'true'], /the option -p, --profile <profile> takes its value after a space, or/],
  [['--with'], /the option --with <service> needs a value\n/],
  [['--color', canary, 'true'], /the option --color <when> takes one of: auto, always, never\n/],
  [['--color=', 'true'], /the option --color <when> takes one of/],
  [['--color=a', 'true'], /the option --color <when> takes one of/],
  [['--color=auto,', 'true'], /the option --color <when> takes one of/],
  [
    Array.from({ length: 65 }, () => '--with=a').concat('true'),
    /the option --with <service> is given more than 64 times/,
  ],
  [[], /no command to run\n/],
  [['--'], /no command to run\n/],
];

for (const [words, message] of mistakes) {
  test(`run ${words.slice(0, 3).join(' ')} is a mistake that is explained`, async (t) => {
    const { code, stdout, stderr } = await createHome(t).run(['run', ...words]);
    t.is(code, 125);
    t.is(stdout.toString(), '');
    t.regex(stderr, message);
    t.regex(stderr, /^agentkeys: error: .*\nagentkeys: hint: .*agentkeys help run.*\n$/);
    t.false(stderr.includes(canary));
  });
}

const forms: readonly (readonly string[])[] = [
  ['-p', 'absent'],
  ['-pabsent'],
  ['--profile', 'absent'],
  ['--profile=absent'],
  ['--color', 'never', '-p', 'absent'],
  ['--color=never', '-pabsent', '--'],
];

for (const words of forms) {
  test(`run ${words.join(' ')} names a profile`, async (t) => {
    const { code, stderr } = await createHome(t).run(['run', ...words, 'true']);
    t.is(code, 125);
    t.regex(stderr, /there is no profile named absent\n/);
  });
}

test('flags of the program may stand before run', async (t) => {
  const home = createHome(t);
  const ended = await home.run(['--color', 'always', 'run', '--nonsense']);
  t.is(ended.code, 125);
  t.true(ended.stderr.startsWith('agentkeys: \u001b[1;31merror:\u001b[0m run has no option'));
  t.regex((await home.run(['--color=never', 'run', '-h'])).stdout.toString(), /^launch a command/);
});

test('what follows the command belongs to it', async (t) => {
  const home = createHome(t);
  const ended = await home.run(['run', 'echo', '--color', 'always', '--help', '-p']);
  t.is(ended.stdout.toString(), '--color always --help -p\n');
});

const colours: readonly (readonly [NodeJS.ProcessEnv, readonly string[], boolean])[] = [
  [{}, [], false],
  [{ FORCE_COLOR: '1' }, [], true],
  [{ FORCE_COLOR: '0', CLICOLOR_FORCE: '1' }, [], false],
  [{ CLICOLOR_FORCE: '1' }, [], true],
  [{ CLICOLOR_FORCE: '0' }, [], false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, [], false],
  [{ NO_COLOR: '', FORCE_COLOR: '1', TERM: 'dumb' }, [], true],
  [{ NO_COLOR: '1' }, ['--color', 'always'], true],
  [{ FORCE_COLOR: '1' }, ['--color=never'], false],
];

for (const [environment, words, isColoured] of colours) {
  const given = [...Object.entries(environment).map((pair) => pair.join('=')), ...words].join(' ');
  test(`run has ${isColoured ? 'colour' : 'no colour'} with ${given || 'nothing'} in a pipe`, async (t) => {
    const none = { NO_COLOR: '', FORCE_COLOR: '', CLICOLOR_FORCE: '' };
    const { stderr } = await createHome(t).run(['run', ...words], { env: { ...none, ...environment } });
    t.is(stderr.includes('\u001b['), isColoured);
  });
}
