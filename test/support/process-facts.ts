/** What the kernel says of a process, this one unless another is named: its mappings and its descriptors. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Mapping {
  readonly name: string;
  /** The two-letter VmFlags: `lo` locked, `dd` left out of dumps, `dc` not given to forked children. */
  readonly flags: readonly string[];
}

/** Secret regions of a process, of either kind. */
export function secretMappings(pid: number | 'self' = 'self'): Mapping[] {
  const entries = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return entries.map(parseMapping).filter(({ name }) => /secretmem|memfd:agentkeys( |$)/.test(name));
}

function parseMapping(entry: string): Mapping {
  const name = entry.slice(0, entry.indexOf('\n')).split(/\s+/).slice(5).join(' ');
  const flags = /^VmFlags: (.*)$/m.exec(entry)?.[1]?.trim().split(' ') ?? [];
  return { name, flags };
}

/** Open descriptors; the one that lists the directory is always among them, so differences are exact. */
export function countDescriptors(pid: number | 'self' = 'self'): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Descriptors of secret regions, of either kind. Root only for another process that is not dumpable. */
export function secretDescriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    .filter((target) => /secretmem|memfd:agentkeys( |$)/.test(target));
}

/** One line of /proc/self/fdinfo/FD, such as `flags` or `Pid`. */
export function descriptorFact(fd: number, key: string): string | undefined {
  const lines = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').split('\n');
  return lines
    .find((line) => line.startsWith(`${key}:`))
    ?.slice(key.length + 1)
    .trim();
}

const CLOSE_ON_EXEC = 0o2000000;
const NON_BLOCKING = 0o4000;

export function descriptorFlags(fd: number): {
  readonly isCloseOnExec: boolean;
  readonly isNonBlocking: boolean;
} {
  const flags = Number.parseInt(descriptorFact(fd, 'flags') ?? '0', 8);
  return { isCloseOnExec: (flags & CLOSE_ON_EXEC) !== 0, isNonBlocking: (flags & NON_BLOCKING) !== 0 };
}
