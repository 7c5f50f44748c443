/** A terminal with somebody in front of it: types, looks at what is shown and at how the terminal is set. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

export interface Modes {
  readonly echo: boolean;
  /** Lines are edited by the terminal, and handed over whole. */
  readonly lines: boolean;
  /** Keys send signals. */
  readonly signals: boolean;
}

export const ordinaryModes: Modes = { echo: true, lines: true, signals: true };
export const hushedModes: Modes = { echo: false, lines: false, signals: false };

export interface Terminal {
  /** The program's, leader of the terminal's session. */
  readonly pid: number;
  /** Everything so far. */
  readonly shown: string;
  type(text: string | Buffer): void;
  /** Waits until `text` was shown, behind what earlier calls waited for. */
  until(text: string): Promise<void>;
  modes(): Promise<Modes>;
  /** The exit code; minus the number of the signal that ended it. */
  readonly ended: Promise<number>;
}

type Told = { pid?: number; shown?: string; modes?: Modes; closed?: true; ended?: number };

/** Starts the program on a terminal of its own; both are gone with the test. */
export async function openTerminal(
  t: ExecutionContext,
  command: readonly string[],
  options: { readonly environment: NodeJS.ProcessEnv; readonly cwd?: string },
): Promise<Terminal> {
  const script = fileURLToPath(new URL('pty.py', import.meta.url));
  const driver = spawn('python3', [script, ...command], {
    env: { ...options.environment, TERM: 'xterm' },
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  driver.stdin.on('error', () => {});
  t.teardown(() => driver.stdin.destroy());
  const started = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<number>();
  const asked: ((modes: Modes) => void)[] = [];
  let [shown, seen, isClosed] = ['', 0, false];
  let wake = () => {};
  const hear = (told: Told): void => {
    if (told.pid !== undefined) started.resolve(told.pid);
    if (told.shown !== undefined) shown += Buffer.from(told.shown, 'base64').toString('latin1');
    if (told.modes !== undefined) asked.shift()?.(told.modes);
    if (told.ended !== undefined) ended.resolve(told.ended);
    if (told.closed) isClosed = true;
    wake();
  };
  createInterface({ input: driver.stdout }).on('line', (line) => hear(JSON.parse(line)));
  const say = (command: object): void => void driver.stdin.write(`${JSON.stringify(command)}\n`);
  return {
    pid: await started.promise,
    get shown() {
      return shown;
    },
    type: (text) => say({ type: Buffer.from(text).toString('base64') }),
    async until(text) {
      for (let at = shown.indexOf(text, seen); ; at = shown.indexOf(text, seen)) {
        if (at >= 0) {
          seen = at + text.length;
          return;
        }
        if (isClosed) throw new Error(`closed before it showed ${text}: ${shown}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    modes() {
      const { promise, resolve } = Promise.withResolvers<Modes>();
      asked.push(resolve);
      say({ modes: true });
      return promise;
    },
    ended: ended.promise,
  };
}
