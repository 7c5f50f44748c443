/** Values on the command line or in the name of a process: everybody of the machine reads them there, so that none ever stands there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { createCanary, encodings } from '../support/canary.ts';
import { createHome, firstLine, type Home } from '../support/daemon.ts';
import { openTerminal } from '../support/pty.ts';
import { asRoot } from '../support/root.ts';
import { root } from '../support/source-tree.ts';
import { withToolsAsRoot } from '../support/tools.ts';

const watcherProgram = join(root, 'test/fixtures/argv-watcher.py');

/** A name of a process holds 15 bytes; only the end of an encoded value is not that of every canary. */
const maxNameBytes = 15;

function needles(value: string): string[] {
  const parts = encodings(value).map((form) => form.subarray(-maxNameBytes));
  return [Buffer.from(value).subarray(0, maxNameBytes), ...parts].map((part) => part.toString('base64'));
}

interface Report {
  readonly passes: number;
  /** How often a process of ours was looked at. */
  readonly words: number;
  readonly seen: Readonly<Record<string, string>>;
}

interface Watcher {
  /** Resolves once a process has had one of these. */
  sees(label: string): Promise<void>;
  /** Ends it. */
  report(): Promise<Report>;
}

async function watch(
  t: ExecutionContext,
  labels: Readonly<Record<string, readonly string[]>>,
): Promise<Watcher> {
  const child = spawn('python3', [watcherProgram], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  child.stdin.write(`${JSON.stringify(labels)}\n`);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = new Set([(await lines.next()).value]);
  return {
    async sees(label) {
      while (!told.has(label)) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the watcher ended before it saw ${label}`);
        told.add(value);
      }
    },
    async report() {
      child.stdin.end();
      let last = '';
      for (let next = await lines.next(); !next.done; next = await lines.next()) last = next.value;
      return JSON.parse(last);
    },
  };
}

/** A process that shows the value until it is ended. */
function show(t: ExecutionContext, script: string, ...args: readonly string[]): ChildProcess {
  const child = spawn('python3', ['-c', script, ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

const onCommandLine = 'import sys; sys.stdin.read()';
const asName =
  'import ctypes, sys; ctypes.CDLL(None).prctl(15, sys.stdin.readline().encode()); sys.stdin.read()';

async function storeTyped(t: ExecutionContext, home: Home, service: string, value: string): Promise<void> {
  const terminal = await openTerminal(t, [home.client, 'store', service], home);
  await terminal.until(`value of ${service}: `);
  terminal.type(`${value}\r`);
  t.is(await terminal.ended, 0);
}

async function storeEveryWay(t: ExecutionContext, home: Home, value: string, rounds: number): Promise<void> {
  const file = join(home.directory, 'value');
  writeFileSync(file, value, { mode: 0o600 });
  for (let round = 0; round < rounds; round++) {
    const name = `fresh${round}`;
    if (round % 3 === 0) t.is((await home.run(['store', name, '--stdin'], { input: value })).code, 0);
    if (round % 3 === 1) t.is((await home.run(['store', name, '--file', file])).code, 0);
    if (round % 3 === 2) await storeTyped(t, home, name, value);
  }
}

async function importAndRead(t: ExecutionContext, home: Home, value: string, rounds: number): Promise<void> {
  const file = join(home.directory, 'env');
  writeFileSync(file, `ONE_API_KEY=${value}\nexport TWO="${value}"\n`, { mode: 0o600 });
  for (let round = 0; round < rounds; round++) {
    t.is((await home.run(['import', file, '--all', '--replace'])).code, 0);
    const read = await home.run(['read', 'one', '--unsafe-stdout']);
    t.is(read.stdout.toString(), value);
  }
}

async function runAgents(t: ExecutionContext, home: Home, value: string, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const ran = await home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']);
    t.is(ran.stdout.toString(), `${value}\n`);
  }
}

asRoot('no value is on a command line or in a name, whatever is done with it', async (t) => {
  const home = createHome(t);
  const [value, shown, named] = [createCanary(), createCanary(), createCanary()];
  const watcher = await watch(t, { value: needles(value), shown: needles(shown), named: needles(named) });
  await home.store('demo', value);
  await Promise.all([
    runAgents(t, home, value, 50),
    storeEveryWay(t, home, value, 10),
    importAndRead(t, home, value, 10),
  ]);
  show(t, onCommandLine, shown);
  await watcher.sees('shown');
  show(t, asName).stdin?.write(`${named}\n`);
  await watcher.sees('named');
  const { seen, passes, words } = await watcher.report();
  t.deepEqual(Object.keys(seen).sort(), ['named', 'shown'], seen.value);
  t.regex(seen.shown ?? '', new RegExp(`^cmdline .*${shown}`, 's'));
  t.is(seen.named, `comm ${named.slice(0, maxNameBytes)}\n`);
  t.true(passes > 1 && words > 0, 'it has looked at ours');
});

/** What no look from time to time can miss. */
withToolsAsRoot(
  ['strace'],
  'no value is among the arguments of any program that is started, or in a name that is taken',
  async (t) => {
    const home = createHome(t);
    const value = createCanary();
    const strace = (file: string) => {
      const calls = 'trace=execve,execveat,prctl';
      return ['strace', '-f', '-qq', '-s', '65536', '-o', join(home.directory, file), '-e', calls];
    };
    const daemon = home.start([], {
      prefix: [
        ...strace('of-daemon'),
        'sh',
        '-c',
        `exec ${join(dirname(home.client), 'agentkeysd')} --foreground`,
      ],
    });
    t.is(await firstLine(daemon), 'listening');
    const file = join(home.directory, 'env');
    writeFileSync(file, `ONE_API_KEY=${value}\nTWO=${value}\n`, { mode: 0o600 });
    t.is((await home.run(['init'])).code, 0);
    const verbs: readonly (readonly [string, readonly string[]])[] = [
      ['pipe', ['store', 'demo', '--stdin']],
      ['file', ['store', 'other', '--file', file]],
      ['import', ['import', file, '--all']],
      ['read', ['read', 'demo', '--unsafe-stdout']],
      ['run', ['run', '--with', 'demo', '--', 'true']],
    ];
    const traces = ['of-daemon'];
    for (const [name, verb] of verbs) {
      const ended = await home.run(verb, { input: value, prefix: strace(`of-${name}`) });
      t.is(ended.code, 0, `${name}: ${ended.stderr}`);
      traces.push(`of-${name}`);
    }
    const ended = once(daemon, 'exit');
    await home.run(['stop']);
    await ended;
    const texts = traces.map((name) => readFileSync(join(home.directory, name), 'utf8'));
    for (const [index, text] of texts.entries())
      t.false(text.includes(value.slice(-maxNameBytes)), traces[index]);
    t.true(
      texts.some((text) => text.includes('"native-pour"')),
      'whole argument lists are shown',
    );
  },
);
