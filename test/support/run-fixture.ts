/** Runs one program of test/fixtures to its end. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `prefix` is a command that execs the rest, such as `setpriv …`. */
export function runFixture(fixture: string, prefix: readonly string[] = []): Promise<Ended> {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
  const [file = process.execPath, ...args] = [...prefix, process.execPath, path];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const collected = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (collected.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (collected.stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...collected }));
  });
}
