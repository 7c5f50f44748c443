/** The processes of one run, found as `ps` finds them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly commandLine: string;
}

export function listProcesses(): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => findProcess(Number(name)) ?? []);
}

/** undefined: no such process any more. */
export function findProcess(pid: number): FoundProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const nameEnd = stat.lastIndexOf(')');
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    const name = stat.slice(stat.indexOf('(') + 1, nameEnd);
    return { pid, parent: Number(stat.slice(nameEnd + 2).split(' ')[1]), name, commandLine };
  } catch {
    return undefined;
  }
}

export function childrenOf(pid: number): FoundProcess[] {
  return listProcesses().filter(({ parent }) => parent === pid);
}

const waitForEnd = `
import os, select, sys
try:
    select.select([os.pidfd_open(int(sys.argv[1]))], [], [])
except ProcessLookupError:
    pass
`;

/** Resolves when the process has ended: its pidfd tells, nobody polls. */
export async function processEnd(pid: number): Promise<void> {
  await once(spawn('python3', ['-c', waitForEnd, String(pid)], { stdio: 'ignore' }), 'exit');
}
