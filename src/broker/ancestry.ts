/** Whether a process runs inside a session: the spawner is among its ancestors. Any doubt counts as inside. */
import { readFileSync } from 'node:fs';
import type { Pid } from '../core/ids.ts';

/** Deeper than any real chain; a longer one is a doubt. */
const maxHops = 256;

interface ProcessFacts {
  readonly parent: number;
  readonly startTime: string;
}

/**
 * Hostile input: the chain changes while it is read, so every hop is read twice with its start time. Agents cannot leave by double
 * forking, since orphans go to their session's monitor; what leaves by other means of its uid is that uid again.
 */
export function isInsideSession(pid: Pid, spawnerPid: Pid): boolean {
  let at: number = pid;
  for (let hop = 0; hop < maxHops; hop++) {
    if (at === spawnerPid) return true;
    if (at <= 1) return false;
    const facts = readProcess(at);
    if (facts === undefined) return true;
    const parentFacts = facts.parent > 1 ? readProcess(facts.parent) : undefined;
    const again = readProcess(at);
    // The parent was still the parent after it had been looked at, so the facts are of one moment.
    if (again === undefined || again.startTime !== facts.startTime || again.parent !== facts.parent)
      return true;
    if (facts.parent > 1 && parentFacts === undefined) return true;
    at = facts.parent;
  }
  return true;
}

/** /proc/PID/stat: the name in parentheses may contain anything, so fields count from the last one. */
function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [parent, startTime] = [fields[1], fields[19]];
    return parent === undefined || startTime === undefined
      ? undefined
      : { parent: Number(parent), startTime };
  } catch {
    // The process is gone: the caller decides what that means.
    return undefined;
  }
}
