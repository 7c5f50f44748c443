/** Processes and their parents, drawn as `ps --forest` draws them. */
import { readFileSync } from 'node:fs';
import { type FoundProcess, findProcess } from '../support/processes.ts';

export interface NamedProcess {
  readonly role: string;
  readonly pid: number;
}

/** One line a process, children below their parents; those whose parent is not among them stand at the edge. */
export function drawForest(processes: readonly NamedProcess[]): string[] {
  const found = processes.flatMap(({ role, pid }) => {
    const process = findProcess(pid);
    return process === undefined ? [] : [{ ...process, role }];
  });
  const known = new Set(found.map(({ pid }) => pid));
  const below = (parent: number, depth: number): string[] =>
    found
      .filter((one) => (known.has(one.parent) ? one.parent : 0) === parent)
      .flatMap((one) => [drawLine(one, depth), ...below(one.pid, depth + 1)]);
  return [`${'PID'.padStart(7)} ${'PRIVATE'.padStart(9)} ROLE     COMMAND`, ...below(0, 0)];
}

function drawLine({ pid, role, name, commandLine }: FoundProcess & { role: string }, depth: number): string {
  const branch = depth === 0 ? '' : `${'    '.repeat(depth - 1)} \\_ `;
  // A name that a process gave itself tells more than the command line of the program that it was forked from.
  const command = role === 'monitor' ? `[${name}]` : commandLine;
  const shown = command.length > 70 ? `${command.slice(0, 69)}…` : command;
  return `${String(pid).padStart(7)} ${readPrivate(pid).padStart(9)} ${role.padEnd(8)} ${branch}${shown}`;
}

/** Anonymous resident memory: what this process costs beyond the programs that all share. */
function readPrivate(pid: number): string {
  const kilobytes = /^RssAnon:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kilobytes === undefined ? '?' : `${Number(kilobytes).toLocaleString('en')} kB`;
}
