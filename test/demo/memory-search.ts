/** Who holds a value: searches the memory of processes from outside, and says what was searched or why it could not be. */
import { readFileSync } from 'node:fs';
import { encodings, scanProcess } from '../support/canary.ts';

export type Search =
  | { readonly kind: 'searched'; readonly bytes: number; readonly finds: number; readonly where: string }
  | { readonly kind: 'refused' };

/** `memory`, or `refused` where the kernel does not let this user look. Other failures are thrown. */
export function searchMemory(pid: number, value: string): Search {
  try {
    return { kind: 'searched', where: 'memory', ...scanProcess(pid, value) };
  } catch (error) {
    if (isRefusal(error)) return { kind: 'refused' };
    throw error;
  }
}

/**
 * For the one process that must have the value. Where the system keeps even a user's own processes from each other (Yama), the
 * environment is still shown, and it is what was delivered.
 */
export function searchAgent(pid: number, value: string): Search {
  const found = searchMemory(pid, value);
  if (found.kind === 'searched') return found;
  const bytes = readFileSync(`/proc/${pid}/environ`);
  const finds = encodings(value).filter((form) => bytes.includes(form)).length;
  return { kind: 'searched', where: 'environment', bytes: bytes.length, finds };
}

export function describeSearch(search: Search): string {
  if (search.kind === 'refused') return describeRefusal(process.getuid?.() ?? -1);
  const { bytes, finds, where } = search;
  return `${bytes.toLocaleString('en')} bytes of ${where} searched, ${finds} ${finds === 1 ? 'find' : 'finds'}`;
}

function describeRefusal(uid: number): string {
  const remedy = uid === 0 ? 'CAP_SYS_PTRACE is missing' : 'run as root to search it';
  return `refused by the kernel: not readable by uid ${uid}; ${remedy}`;
}

function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM';
}
