/** What the checks look at; tests put another machine in its place. */
import { lstatSync, readFileSync, realpathSync } from 'node:fs';

export interface PathFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly uid: number;
  /** Permission bits, the sticky one included. */
  readonly mode: number;
}

export interface MachineReader {
  /** Of the path itself; undefined: nothing is there, or it cannot be looked at. */
  findFacts(path: string): PathFacts | undefined;
  /** Without links; undefined: it leads nowhere. */
  findRealPath(path: string): string | undefined;
  /** A small text such as those of /proc; undefined: it cannot be read. */
  findText(path: string): string | undefined;
  readonly uid: number;
  readonly pid: number;
  /** The interpreter that runs this, and its version. */
  readonly node: { readonly path: string; readonly version: string };
}

export function createMachineReader(): MachineReader {
  return {
    findFacts: (path) => attempt(() => readFacts(path)),
    findRealPath: (path) => attempt(() => realpathSync(path)),
    findText: (path) => attempt(() => readFileSync(path, 'latin1')),
    uid: process.geteuid?.() ?? -1,
    pid: process.pid,
    node: { path: process.execPath, version: process.versions.node },
  };
}

function readFacts(path: string): PathFacts | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'link'
        : 'other';
  return { kind, uid: stats.uid, mode: stats.mode & 0o7777 };
}

/** What cannot be read is an answer: the check says that it is unknown. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
