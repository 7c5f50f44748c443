/** The prompt of `store`, on a real terminal: what is typed is seen by nobody, and the terminal is afterwards as it was. Forty daemons at once would starve each other. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createCanary, scanProcess } from '../support/canary.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { createFullPipe } from '../support/full-pipe.ts';
import { childrenOf, listProcesses, processEnd } from '../support/processes.ts';
import { hushedModes, openTerminal, ordinaryModes, type Terminal } from '../support/pty.ts';
import { asRoot } from '../support/root.ts';

interface Bench {
  readonly home: Home;
  readonly terminal: Terminal;
}

/** A shell that outlives the verb, so that the terminal can be looked at afterwards; it shows the exit code. */
const script = 'trap : INT QUIT TERM HUP; "$@" 2>&1; echo "code $?"; exec cat';

async function ask(t: ExecutionContext, args: readonly string[] = ['store', 'demo']): Promise<Bench> {
  const home = createHome(t);
  await home.run(['init']);
  return { home, terminal: await openTerminal(t, ['sh', '-c', script, 'sh', home.client, ...args], home) };
}

async function asked(t: ExecutionContext): Promise<Bench> {
  const bench = await ask(t);
  await bench.terminal.until('value of demo: ');
  return bench;
}

const stored = async (home: Home) => (await home.run(['read', 'demo', '--unsafe-stdout'])).stdout;
const isStored = async (home: Home) => (await home.run(['list', '--json'])).stdout.toString() !== '[]\n';

/** The CLI, and the step that asks. */
function programs({ terminal }: Bench): { readonly cli: number; readonly step: number } {
  const cli = childrenOf(terminal.pid)[0]?.pid ?? 0;
  return { cli, step: childrenOf(cli)[0]?.pid ?? 0 };
}

test.serial('what is typed is not shown, and is stored without its newline', async (t) => {
  const value = createCanary();
  const { home, terminal } = await asked(t);
  t.deepEqual(await terminal.modes(), hushedModes);
  terminal.type(`${value}\r`);
  await terminal.until('stored demo, version 1\r\ncode 0\r\n');
  t.deepEqual(await terminal.modes(), ordinaryModes);
  const question = '\u001b[?2004hvalue of demo: \u001b[?2004l\r\n';
  t.is(terminal.shown, `${question}stored demo, version 1\r\ncode 0\r\n`);
  t.is((await stored(home)).toString(), value);
  t.is(spawnSync('grep', ['-r', '--text', '-l', value, home.directory]).stdout.toString(), '');
});

const typed: readonly (readonly [string, string, string])[] = [
  ['a line feed ends it too', 'value\n', 'value'],
  ['^D ends it too', 'value\u0004', 'value'],
  ['backspace takes back a character', 'vax\u007flux\be\r', 'value'],
  ['backspace at the begin does nothing', '\u007f\u007fvalue\r', 'value'],
  ['^U takes back all', 'wrong\u0015value\r', 'value'],
  ['^W takes back a word', 'va wrong word \u0017\u0017lue\r', 'va lue'],
  ['blanks and tabs are part of it', ' a\tb \r', ' a\tb '],
  ['the marks of a paste are no part of it', '\u001b[200~value\u001b[201~\r', 'value'],
  ['a line that was copied with its end is one line', '\u001b[200~value\r\n\u001b[201~\r', 'value'],
  ['^U takes back a paste', '\u001b[200~a\rb\u001b[201~\u0015value\r', 'value'],
];

for (const [title, keys, value] of typed) {
  test.serial(`in a typed value ${title}`, async (t) => {
    const { home, terminal } = await asked(t);
    terminal.type(keys);
    await terminal.until('code 0\r\n');
    t.is((await stored(home)).toString(), value);
    t.false(terminal.shown.includes('rm'));
  });
}

for (const [what, keys] of [
  ['that is bracketed', '\u001b[200~-----BEGIN\rrm -rf x\r\u001b[201~\r'],
  ['that is not', '-----BEGIN\rrm -rf x\r'],
  ['that ends in the middle', '-----BEGIN\rrm -rf x'],
] as const) {
  test.serial(
    `a paste of many lines ${what} is refused whole, and no line of it reaches the shell`,
    async (t) => {
      const { home, terminal } = await asked(t);
      terminal.type(keys);
      await terminal.until('it has more than one line');
      await terminal.until('code 1\r\n');
      t.notRegex(terminal.shown, /BEGIN|rm/);
      t.false(await isStored(home));
    },
  );
}

for (const byteLength of [4096, 60_000, 65_535]) {
  test.serial(`a paste of ${byteLength} bytes arrives whole`, async (t) => {
    const value = randomBytes(byteLength).toString('base64').slice(0, byteLength);
    const { home, terminal } = await asked(t);
    terminal.type(`${value}\r`);
    await terminal.until('code 0\r\n');
    t.true((await stored(home)).equals(Buffer.from(value)));
  });
}

test.serial('a paste that is too long is refused, and none of it is shown', async (t) => {
  const { home, terminal } = await asked(t);
  terminal.type(`${'x'.repeat(65_536)}${'y'.repeat(10_000)}\r`);
  await terminal.until('longer than 65535 bytes');
  await terminal.until('code 1\r\n');
  t.notRegex(terminal.shown, /xx|yy/);
  t.false(await isStored(home));
});

for (const [what, keys] of [
  ['nothing', '\r'],
  ['^D', '\u0004'],
] as const) {
  test.serial(`${what} typed is no value`, async (t) => {
    const { home, terminal } = await asked(t);
    terminal.type(keys);
    await terminal.until('it is empty');
    await terminal.until('code 1\r\n');
    t.deepEqual(await terminal.modes(), ordinaryModes);
    t.false(await isStored(home));
  });
}

for (const [key, name, code] of [
  ['\u0003', 'C', 130],
  ['\u001c', '\\', 131],
] as const) {
  test.serial(`^${name} gives up: the terminal is as before, and nothing is stored`, async (t) => {
    const { home, terminal } = await asked(t);
    terminal.type(`half-typed${key}`);
    await terminal.until(`code ${code}\r\n`);
    t.deepEqual(await terminal.modes(), ordinaryModes);
    t.false(terminal.shown.includes('half'));
    t.false(await isStored(home));
  });
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
  test.serial(`${signal} to the step puts the terminal back, and nothing is stored`, async (t) => {
    const bench = await asked(t);
    bench.terminal.type('half-typed');
    process.kill(programs(bench).step, signal);
    await bench.terminal.until('it was cut short');
    await bench.terminal.until('code 1\r\n');
    t.deepEqual(await bench.terminal.modes(), ordinaryModes);
    t.false(await isStored(bench.home));
  });
}

test.serial('^Z shows the terminal as it was, and fg asks anew', async (t) => {
  const value = createCanary();
  const home = createHome(t);
  await home.run(['init']);
  const terminal = await openTerminal(t, ['env', 'ENV=', 'PS1=ready ', 'sh', '-i'], home);
  await terminal.until('ready ');
  terminal.type(`${home.client} store demo\r`);
  await terminal.until('value of demo: ');
  terminal.type(`wrong${value}\u001a`);
  await terminal.until('ready ');
  t.deepEqual(await terminal.modes(), ordinaryModes);
  t.false(await isStored(home));
  terminal.type('fg\r');
  await terminal.until('value of demo: ');
  t.deepEqual(await terminal.modes(), hushedModes);
  terminal.type(`${value}\r`);
  await terminal.until('stored demo, version 1');
  await terminal.until('ready ');
  t.deepEqual(await terminal.modes(), ordinaryModes);
  t.false(terminal.shown.includes(value));
  t.is((await stored(home)).toString(), value);
});

test.serial('killing the CLI ends the step, which puts the terminal back', async (t) => {
  const bench = await asked(t);
  const { cli, step } = programs(bench);
  bench.terminal.type('half-typed');
  // Only what has reached the terminal by now was typed without echo.
  t.deepEqual(await bench.terminal.modes(), hushedModes);
  process.kill(cli, 'SIGKILL');
  await processEnd(step);
  await bench.terminal.until('code 137\r\n');
  t.deepEqual(await bench.terminal.modes(), ordinaryModes);
  t.false(bench.terminal.shown.includes('half'));
  t.false(await isStored(bench.home));
});

test.serial('killing the step stores nothing, and the CLI puts the terminal back', async (t) => {
  const bench = await asked(t);
  bench.terminal.type('half-typed');
  process.kill(programs(bench).step, 'SIGKILL');
  await bench.terminal.until('it was cut short');
  await bench.terminal.until('code 1\r\n');
  t.deepEqual(await bench.terminal.modes(), ordinaryModes);
  t.false(await isStored(bench.home));
});

function findBroker(home: Home): number {
  const found = listProcesses().find(
    ({ commandLine }) => commandLine.includes('broker.js') && commandLine.includes(home.directory),
  );
  return found?.pid ?? 0;
}

test.serial('killing the daemon ends the question', async (t) => {
  const { home, terminal } = await asked(t);
  terminal.type('half-typed');
  process.kill(findBroker(home), 'SIGKILL');
  await terminal.until('the daemon ended before it answered');
  await terminal.until('code 69\r\n');
  t.deepEqual(await terminal.modes(), ordinaryModes);
  t.false(await isStored(home));
});

test.serial('killing the daemon before it has heard that the value is whole stores nothing', async (t) => {
  const { home, terminal } = await asked(t);
  const broker = findBroker(home);
  process.kill(broker, 'SIGSTOP');
  terminal.type('value\r');
  await terminal.until('\r\n');
  process.kill(broker, 'SIGKILL');
  await terminal.until('code 69\r\n');
  t.false(await isStored(home));
});

test.serial('a second store meanwhile wins, and is not written over', async (t) => {
  const { home, terminal } = await asked(t);
  t.is((await home.run(['store', 'demo', '--stdin'], { input: 'other' })).code, 0);
  terminal.type('value\r');
  await terminal.until('already stored');
  await terminal.until('code 77\r\n');
  t.is((await stored(home)).toString(), 'other');
});

test.serial('an existing name is asked about before its value is', async (t) => {
  const { home, terminal } = await asked(t);
  terminal.type('first\r');
  await terminal.until('code 0\r\n');
  for (const answer of ['n', '', 'yess']) {
    const second = await openTerminal(t, [home.client, 'store', 'demo'], home);
    await second.until('demo is stored already; replace it? [y/N] ');
    second.type(`${answer}\r`);
    await second.until('nothing was stored');
    t.is(await second.ended, 1);
  }
  t.is((await stored(home)).toString(), 'first');
  const third = await openTerminal(t, [home.client, 'store', 'demo'], home);
  await third.until('replace it? [y/N] ');
  third.type('y\r');
  await third.until('value of demo: ');
  third.type('second\r');
  await third.until('stored demo, version 2');
  t.is(await third.ended, 0);
  t.is((await stored(home)).toString(), 'second');
});

asRoot('a typed value is in no memory that can be read, while the step waits and afterwards', async (t) => {
  const value = createCanary();
  const home = createHome(t);
  createFullPipe(t, home.directory);
  const pipe = join(home.directory, 'full.fifo');
  const step = await openTerminal(
    t,
    ['sh', '-c', 'exec "$0" native-prompt demo 3>"$1"', home.client, pipe],
    home,
  );
  await step.until('value of demo: ');
  step.type(`${value}\r`);
  await step.until('\r\n');
  const scan = scanProcess(step.pid, value);
  t.is(scan.finds, 0);
  t.true(scan.bytes > 0);
});

asRoot('a typed value is not in the memory of the CLI', async (t) => {
  const value = createCanary();
  const bench = await asked(t);
  const { cli } = programs(bench);
  const broker = findBroker(bench.home);
  process.kill(broker, 'SIGSTOP');
  bench.terminal.type(`${value}\r`);
  await bench.terminal.until('\r\n');
  const scan = scanProcess(cli, value);
  process.kill(broker, 'SIGCONT');
  t.is(scan.finds, 0);
  t.true(scan.bytes > 1_000_000);
  await bench.terminal.until('stored demo, version 1');
});
