/** Real daemons for tests: each in a home of its own, started and ended as a person would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { root } from './source-tree.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Home {
  readonly directory: string;
  readonly client: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Runs `agentkeys ARGS…` to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs any other program to its end, with the same environment. */
  command(file: string, args: readonly string[]): Promise<Ended>;
  /** Starts `agentkeys ARGS…`; killed at the end of the test if it still lives. */
  start(args: readonly string[], options?: RunOptions): ChildProcess;
  /** Starts agentkeysd in the foreground and waits until it listens; ended with the test. */
  daemon(args?: readonly string[]): Promise<ChildProcess>;
  /** init, then one stored credential. */
  store(service: string, value: string | Buffer): Promise<void>;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A command that execs the rest, such as `prlimit …`. */
  readonly prefix?: readonly string[];
}

export interface HomeOptions {
  /** The spawner with forced failures, in a layout of its own. */
  readonly hasFaults?: boolean;
  /** JavaScript that runs in place of the broker. */
  readonly brokerScript?: string;
  /** Before every command that names none, and before the stop at the end: whoever started a daemon can end it. */
  readonly prefix?: readonly string[];
}

/** The directory is short, since a socket's path has 107 bytes. */
export function createHome(t: ExecutionContext, options: HomeOptions = {}): Home {
  const directory = mkdtempSync(join(tmpdir(), 'ak-'));
  const children: ChildProcess[] = [];
  const programs =
    options.hasFaults || options.brokerScript ? createLayout(directory, options) : join(root, 'bin');
  const client = join(programs, 'agentkeys');
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const environment = { ...inherited, AGENTKEYS_HOME: directory };

  const begin = (
    file: string,
    args: readonly string[],
    { env, cwd, prefix = options.prefix ?? [] }: RunOptions,
  ): ChildProcess => {
    const [program = file, ...rest] = [...prefix, file, ...args];
    const child = spawn(program, rest, {
      env: { ...environment, ...env },
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  };
  t.teardown(async () => {
    for (const child of children.reverse()) await endChild(child);
    // A daemon that a client has started is nobody's child; stop ends it and waits.
    await home.run(['stop']);
    rmSync(directory, { recursive: true, force: true });
  });
  const home: Home = {
    directory,
    client,
    environment,
    run: (args, runOptions = {}) => collect(begin(client, args, runOptions), runOptions.input ?? ''),
    command: (file, args) => collect(begin(file, args, { prefix: [] }), ''),
    start: (args, runOptions = {}) => begin(client, args, runOptions),
    async daemon(args = []) {
      const child = begin(join(programs, 'agentkeysd'), ['--foreground', ...args], {});
      await firstLine(child);
      return child;
    },
    async store(service, value) {
      await home.run(['init']);
      const ended = await home.run(['store', service, '--stdin'], { input: value });
      if (ended.code !== 0) throw new Error(`store failed: ${ended.stderr}`);
    },
  };
  return home;
}

/** Copies, not links: the programs find the rest of the package through /proc/self/exe. */
function createLayout(directory: string, { hasFaults, brokerScript }: HomeOptions): string {
  const layout = join(directory, 'package');
  mkdirSync(join(layout, 'bin'), { recursive: true });
  cpSync(join(root, 'bin/agentkeys'), join(layout, 'bin/agentkeys'));
  cpSync(
    join(root, hasFaults ? 'build/faults/bin/agentkeysd' : 'bin/agentkeysd'),
    join(layout, 'bin/agentkeysd'),
  );
  symlinkSync(join(root, 'node_modules'), join(layout, 'node_modules'));
  if (brokerScript === undefined) {
    symlinkSync(join(root, 'dist'), join(layout, 'dist'));
  } else {
    mkdirSync(join(layout, 'dist/bin'), { recursive: true });
    writeFileSync(join(layout, 'package.json'), '{"type":"module"}');
    writeFileSync(join(layout, 'dist/bin/broker.js'), brokerScript);
  }
  return join(layout, 'bin');
}

export async function collect(child: ChildProcess, input: string | Buffer): Promise<Ended> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => stdout.push(data));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program that ends without reading its input is no failure of the test.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout: Buffer.concat(stdout), stderr }));
  });
}

/** The first line of a program's output: fixtures and the daemon announce that they are ready. */
export async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout to wait on');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`ended before its first line`);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  await ended;
}
