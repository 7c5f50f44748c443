/** The package: its programs are there, nobody else can change them, and the interpreter is the one that was tested. */
import { dirname, join } from 'node:path';
import { formatMode, type MachineReader } from './reader.ts';
import { type DoctorRow, failed, ok, unknown, warn } from './row.ts';

const installAgain = 'install again: npm ci';
const stickyBit = 0o1000;

/** Of what runs or is loaded; the rest of a directory is as safe as the directory. */
const parts = [
  'bin/agentkeys',
  'bin/agentkeysd',
  'build/agentkeys.node',
  'dist/bin/broker.js',
  'dist/bin/cli.js',
  'package.json',
  'profiles',
];

export function checkPrograms(reader: MachineReader, root: string): DoctorRow {
  const missing = parts.filter((part) => reader.findFacts(join(root, part)) === undefined);
  return missing.length === 0
    ? ok('programs', root)
    : failed('programs', `missing in ${root}: ${missing.join(', ')}`, installAgain);
}

/** Whoever can write to a program, or to a directory above it, decides what runs with the vault's key. */
export function checkWriters(reader: MachineReader, root: string): DoctorRow {
  const paths = [...parts.map((part) => join(root, part)), reader.node.path].flatMap((path) => {
    const real = reader.findRealPath(path);
    return real === undefined ? [] : listUpwards(real);
  });
  const flaws = [...new Set(paths)].flatMap((path) => findFlaw(reader, path) ?? []);
  const worst = flaws.find(({ isGroup }) => !isGroup) ?? flaws[0];
  if (worst === undefined) return ok('writers', 'nobody else can change the programs');
  const others = flaws.length > 1 ? `, and ${flaws.length - 1} more` : '';
  const detail = `${worst.path} ${worst.rule}${others}`;
  const hint = 'chmod go-w it, or install where only you or root can write';
  return worst.isGroup ? warn('writers', detail, hint) : failed('writers', detail, hint);
}

interface Flaw {
  readonly path: string;
  readonly rule: string;
  /** Members of one group only, which may have none but its owner. */
  readonly isGroup: boolean;
}

function findFlaw(reader: MachineReader, path: string): Flaw | undefined {
  const facts = reader.findFacts(path);
  if (facts === undefined) return undefined;
  const { uid, mode, kind } = facts;
  if (uid !== reader.uid && uid !== 0) return { path, rule: `belongs to uid ${uid}`, isGroup: false };
  // In a sticky directory nobody but its owner renames an entry.
  if (kind === 'directory' && (mode & stickyBit) !== 0) return undefined;
  const rule = `can be written by others: its mode is ${formatMode(mode)}`;
  if ((mode & 0o002) !== 0) return { path, rule, isGroup: false };
  return (mode & 0o020) === 0 ? undefined : { path, rule, isGroup: true };
}

function listUpwards(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...listUpwards(parent)];
}

export function checkNode(reader: MachineReader, root: string): DoctorRow {
  const pinned = findPinnedVersion(reader.findText(join(root, 'package.json')));
  const { version, path } = reader.node;
  if (pinned === undefined) return unknown('node', `${version} runs; package.json names no version`);
  return version === pinned
    ? ok('node', `${version}, the version that was tested: ${path}`)
    : failed('node', `${version} runs, ${pinned} was tested`, installAgain);
}

function findPinnedVersion(text: string | undefined): string | undefined {
  const found = /"node-linux-[a-z0-9]+": "(\d+\.\d+\.\d+)"/.exec(text ?? '');
  return found?.[1];
}
