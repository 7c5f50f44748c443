/** Processes at their calls, by strace, as root: one that is stopped or killed at its n-th call of a kind, and one that is only looked at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';

export interface Trap {
  /** Resolves with whether the process was caught, once it was or has ended. */
  readonly isSprung: Promise<boolean>;
  /** Takes the trap away; whoever was stopped stays so. */
  remove(): Promise<void>;
}

export interface TrapOptions {
  readonly pid: number;
  /** Names of calls with commas between them, and which of them: each thread counts for itself. */
  readonly calls: string;
  readonly when: number;
  /** Sent before the call is made. */
  readonly signal: 'KILL' | 'STOP';
}

export async function setTrap(t: ExecutionContext, { pid, calls, when, signal }: TrapOptions): Promise<Trap> {
  const sprung = Promise.withResolvers<boolean>();
  const args = ['-e', `trace=${calls}`, '-e', `inject=${calls}:signal=${signal}:when=${when}`];
  const strace = await attach(t, pid, args, (line) => {
    if (line === undefined) sprung.resolve(false);
    else if (/stopped by SIGSTOP|killed by SIGKILL/.test(line)) sprung.resolve(true);
  });
  return { isSprung: sprung.promise, remove: () => detach(strace) };
}

/** Writes every call of a process that names a file into `output`, until it is removed. */
export async function traceFiles(
  t: ExecutionContext,
  pid: number,
  output: string,
): Promise<Pick<Trap, 'remove'>> {
  const strace = await attach(t, pid, ['-s', '4096', '-o', output, '-e', 'trace=%file'], () => {});
  return { remove: () => detach(strace) };
}

/** `onLine` hears undefined at the end. */
async function attach(
  t: ExecutionContext,
  pid: number,
  args: readonly string[],
  onLine: (line: string | undefined) => void,
): Promise<ChildProcess> {
  const strace = spawn('strace', ['-f', '-p', `${pid}`, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.teardown(() => strace.kill('SIGKILL'));
  const attached = Promise.withResolvers<void>();
  createInterface({ input: strace.stderr })
    .on('line', (line) => {
      if (line.includes('attached')) attached.resolve();
      onLine(line);
    })
    .on('close', () => {
      attached.reject(new Error('strace could not attach'));
      onLine(undefined);
    });
  await attached.promise;
  return strace;
}

async function detach(strace: ChildProcess): Promise<void> {
  if (strace.exitCode !== null || strace.signalCode !== null) return;
  const ended = once(strace, 'exit');
  strace.kill('SIGINT');
  await ended;
}
