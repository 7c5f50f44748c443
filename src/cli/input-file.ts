/** Opens a file that the command line names, for a native step to read; nothing of it is read here. */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { AgentKeysError } from '../core/errors.ts';

/** `stream`: whatever can be read from begin to end. `own file`: a regular file of the caller's, that can be read more than once. */
export type InputDemand = 'stream' | 'own file';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is none of that name',
  ENOTDIR: 'there is none of that name',
  EACCES: 'it may not be read',
  ELOOP: 'its links lead in a circle',
};

/** The caller closes it. Errors: `USAGE`. The path is not repeated: a person may have typed a value in its place. */
export function openInput(path: string, demand: InputDemand): number {
  const descriptor = open(path, demand);
  const rule = findRule(fstatSync(descriptor), demand);
  if (rule === undefined) return descriptor;
  closeSync(descriptor);
  throw refused(rule);
}

/** A FIFO is waited for where a stream is wanted, and refused unopened elsewhere. */
function open(path: string, demand: InputDemand): number {
  const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;
  try {
    return openSync(path, O_RDONLY | O_NOCTTY | (demand === 'stream' ? 0 : O_NONBLOCK));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw refused(reasons[code] ?? 'it cannot be opened', cause);
  }
}

function findRule(stats: Stats, demand: InputDemand): string | undefined {
  if (stats.isDirectory()) return 'it is a directory';
  if (demand === 'stream') return undefined;
  if (!stats.isFile()) return 'it is not a regular file';
  return stats.uid === process.geteuid?.() ? undefined : 'it belongs to another account';
}

function refused(rule: string, cause?: unknown): AgentKeysError {
  return new AgentKeysError('USAGE', { rule: `the file cannot be used: ${rule}` }, cause);
}
