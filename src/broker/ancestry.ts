/** Where a process stands: inside a session if its monitor or the spawner is among its ancestors. Any doubt counts as inside. */
import { readFileSync } from 'node:fs';
import { findShortage } from '../core/errors.ts';
import type { Pid, SessionId } from '../core/ids.ts';

/** `session` is absent where the process is inside, but nobody knows in which. */
export type Place =
  | { readonly kind: 'outside' }
  | { readonly kind: 'inside'; readonly session?: SessionId | undefined };

export interface Gates {
  readonly spawnerPid: Pid;
  /** Monitors of live sessions. One that outlived its spawner is nobody's child here, so that the spawner alone is not enough. */
  readonly monitors: ReadonlyMap<number, SessionId>;
}

/** Deeper than any real chain; a longer one is a doubt. */
const maxHops = 256;

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly startTime: string;
}

/**
 * Hostile input: processes end and numbers are reused while the chain is read, so it is read twice, and both must agree in every pid,
 * parent and start time. Agents cannot leave by double forking, since orphans go to their session's monitor; what leaves by other
 * means of its uid is that uid again. Errors: `RESOURCE_EXHAUSTED`, which answers nothing.
 */
export function findPlace(pid: Pid, gates: Gates): Place {
  const chain = readChain(pid, gates);
  const last = chain?.at(-1);
  if (chain === undefined || last === undefined) return { kind: 'inside' };
  if (isGate(last.pid, gates)) return { kind: 'inside', session: gates.monitors.get(last.pid) };
  const again = readChain(pid, gates);
  return again !== undefined && isSameChain(chain, again) ? { kind: 'outside' } : { kind: 'inside' };
}

function isGate(pid: number, { spawnerPid, monitors }: Gates): boolean {
  return pid === spawnerPid || monitors.has(pid);
}

/** From the process up to a gate or to the one that has no parent here; undefined: it could not be followed. */
function readChain(pid: number, gates: Gates): readonly ProcessFacts[] | undefined {
  const chain: ProcessFacts[] = [];
  for (let at = pid; chain.length < maxHops; ) {
    const facts = readProcess(at);
    if (facts === undefined) return undefined;
    chain.push(facts);
    if (isGate(at, gates) || facts.parent <= 0) return chain;
    at = facts.parent;
  }
  return undefined;
}

function isSameChain(first: readonly ProcessFacts[], second: readonly ProcessFacts[]): boolean {
  return (
    first.length === second.length &&
    first.every(({ pid, startTime }, index) => {
      const other = second[index];
      return other !== undefined && other.pid === pid && other.startTime === startTime;
    })
  );
}

/** /proc/PID/stat: the name in parentheses may contain anything, so fields count from the last one. */
function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [parent, startTime] = [fields[1], fields[19]];
    return parent === undefined || startTime === undefined
      ? undefined
      : { pid, parent: Number(parent), startTime };
  } catch (error) {
    const shortage = findShortage(error);
    if (shortage !== undefined) throw shortage;
    // The process is gone: the caller decides what that means.
    return undefined;
  }
}
