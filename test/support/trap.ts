/** Stops or kills a process at its n-th call of a kind: the step at which a blow falls, without a clock. Needs root and strace. */
import { spawn } from 'node:child_process';
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
  const injection = `inject=${calls}:signal=${signal}:when=${when}`;
  const strace = spawn('strace', ['-f', '-p', `${pid}`, '-e', `trace=${calls}`, '-e', injection], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => strace.kill('SIGKILL'));
  const ended = once(strace, 'exit');
  const attached = Promise.withResolvers<void>();
  const sprung = Promise.withResolvers<boolean>();
  createInterface({ input: strace.stderr })
    .on('line', (line) => {
      if (line.includes('attached')) attached.resolve();
      if (/stopped by SIGSTOP|killed by SIGKILL/.test(line)) sprung.resolve(true);
    })
    .on('close', () => {
      attached.reject(new Error('strace could not attach'));
      sprung.resolve(false);
    });
  await attached.promise;
  return {
    isSprung: sprung.promise,
    async remove() {
      strace.kill('SIGINT');
      await ended;
    },
  };
}
