/** Types commands as a person would: shows each line, runs exactly that line in a shell, shows what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { root } from '../support/source-tree.ts';

export interface Terminal {
  say(text: string): void;
  /** Runs the line to its end and gives its standard output; `input` goes to its standard input. */
  type(line: string, options?: { readonly input?: string; readonly isQuiet?: boolean }): Promise<Said>;
  /** Starts the line and gives its output line by line; ended by `hangUp` at the latest. */
  start(line: string): Started;
  /** Closes the input of everything that `start` began and waits for its end. */
  hangUp(): Promise<void>;
}

export interface Said {
  readonly code: number | null;
  readonly text: string;
}

export interface Started {
  readonly pid: number;
  /** The next line of output, also shown; undefined at its end. */
  readLine(): Promise<string | undefined>;
  /** Closes its standard input; its exit code. */
  finish(): Promise<number | null>;
}

export function createTerminal(environment: NodeJS.ProcessEnv): Terminal {
  const begun: Started[] = [];
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  return {
    say,
    async type(line, { input = '', isQuiet = false } = {}) {
      if (!isQuiet) say(`$ ${line}`);
      const child = spawnShell(line, environment);
      const closed = once(child, 'close');
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
      // A program that ends without reading its input says so by its exit code.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
      const [code] = await closed;
      if (!isQuiet && text !== '') say(text.trimEnd());
      return { code, text };
    },
    start(line) {
      say(`$ ${line} &`);
      // The client takes the shell's place, so that its process id is known.
      const started = watchChild(spawnShell(`exec ${line}`, environment), say);
      begun.push(started);
      return started;
    },
    async hangUp() {
      await Promise.all(begun.map((started) => started.finish()));
    },
  };
}

function watchChild(child: ChildProcess, say: (text: string) => void): Started {
  const ended = once(child, 'close');
  child.stdin?.on('error', () => {});
  const lines = child.stdout && createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid ?? 0,
    async readLine() {
      const next = await lines?.next();
      if (next === undefined || next.done === true) return undefined;
      say(next.value);
      return next.value;
    },
    async finish() {
      child.stdin?.end();
      // What nobody reads any more must not keep the pipe full.
      child.stdout?.resume();
      const [code] = await ended;
      return code;
    },
  };
}

function spawnShell(line: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn('sh', ['-c', line], { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'] });
}
