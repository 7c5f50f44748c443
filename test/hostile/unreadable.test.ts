/** Files of the state that cannot be opened or read when the next daemon starts: each is named, nothing is made in its place, and mended it serves. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';
import { requireServing } from '../support/target.ts';

const launch = ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY'];
const uid = 1531;

/** A home of an ordinary user, whom a mode stops, with a credential and some records, and no daemon. */
async function restingHome(t: ExecutionContext): Promise<{ home: Home; canary: string }> {
  const home = createHome(t, {
    prefix: ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups'],
  });
  chownSync(home.directory, uid, uid);
  const canary = createCanary();
  await home.store('demo', canary);
  t.is((await home.run(launch)).code, 0);
  await home.run(['stop']);
  return { home, canary };
}

/** What the caller reads, without its hints. */
async function refusal(
  home: Home,
  verb: readonly string[],
  code: number,
  t: ExecutionContext,
): Promise<string[]> {
  const ended = await home.run(verb);
  t.is(ended.code, code, ended.stderr);
  const lines = ended.stderr.trimEnd().split('\n');
  t.is(lines.filter((line) => /^agentkeys: hint: ./.test(line)).length * 2, lines.length, ended.stderr);
  return lines
    .filter((line) => line.startsWith('agentkeys: error: '))
    .map((line) => line.slice('agentkeys: error: '.length).replaceAll(home.directory, 'HOME'));
}

/** Where it lies, what is said of one that may not be opened, and of a directory in its place. */
type Row = readonly [place: string, closed: string, directory: string];

const notOurs = 'is refused: it cannot be opened by its owner';
const inVault: readonly Row[] = ['header', 'key', 'demo.cred'].map((name) => [
  `vault/${name}`,
  `vault/${name} ${notOurs}`,
  `vault/${name} is refused: it is not a regular file`,
]);
const inAudit: readonly Row[] = ['audit.jsonl', 'head', 'mac.key', 'anchor.key', 'anchor.pub'].map((name) => [
  `audit/${name}`,
  `HOME/state/audit/${name} is refused: it cannot be opened`,
  `HOME/state/audit/${name} is refused: it is a directory`,
]);
const log = 'HOME/state/broker.log is refused: it is not a file that can be written';
const lock = 'HOME/state/agentkeysd.lock';
const atTop: readonly Row[] = [
  ['broker.log', log, log],
  ['agentkeysd.lock', `Permission denied: ${lock}`, `Is a directory: ${lock}`],
];
/** The daemon does not begin at all: its own words follow those about the file. */
const endsDaemon = ['the daemon cannot serve: HOME/state'];

/** Every name below the state and which file it is; what a daemon writes at its end is done. */
function inodes(state: string): string[] {
  return readdirSync(state, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/head$|last-used|agentkeysd\.lock$/.test(name))
    .map((name) => `${name} ${statSync(join(state, name)).ino}`)
    .sort();
}

for (const [what, rows, after] of [
  ['vault', inVault, []],
  ['audit log', inAudit, endsDaemon],
] as const)
  asRoot(`a file of the ${what} that cannot be opened is named, and no other is made for it`, async (t) => {
    await requireNamed(t, rows, after);
  });

asRoot('a log or a lock of the daemon that cannot be opened is named', async (t) => {
  await requireNamed(t, atTop.slice(0, 1), endsDaemon);
  await requireNamed(t, atTop.slice(1), []);
});

async function requireNamed(
  t: ExecutionContext,
  rows: readonly Row[],
  after: readonly string[],
): Promise<void> {
  const { home, canary } = await restingHome(t);
  const state = join(home.directory, 'state');
  for (const [place, closed, directory] of rows) {
    const path = join(state, place);
    const before = inodes(state);
    chmodSync(path, 0);
    t.deepEqual(await refusal(home, launch, 125, t), [closed, ...after]);
    await home.run(['stop']);
    t.is(statSync(path).mode & 0o777, 0, place);
    chmodSync(path, 0o600);
    t.deepEqual(inodes(state), before, place);
    renameSync(path, `${path}.true`);
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, uid, uid);
    t.deepEqual(await refusal(home, launch, 125, t), [directory, ...after]);
    await home.run(['stop']);
    // Only an empty directory goes: nothing was put into it.
    rmdirSync(path);
    renameSync(`${path}.true`, path);
    t.deepEqual(inodes(state), before, place);
  }
  await requireServing(t, home, canary);
}

/** In both verbs that would make a vault or a log if there were none. */
asRoot('a directory of the state that cannot be opened is named, and no other is made for it', async (t) => {
  const { home, canary } = await restingHome(t);
  const state = join(home.directory, 'state');
  const before = inodes(state);
  const audit = ['HOME/state/audit is refused: it cannot be opened', ...endsDaemon];
  const rows: readonly (readonly [string, readonly string[], number])[] = [
    ['vault', [`vault ${notOurs}`], 78],
    ['audit', audit, 69],
    ['.', ['Permission denied: HOME/state'], 69],
  ];
  for (const [place, words, initCode] of rows) {
    const path = join(state, place);
    chmodSync(path, 0);
    t.deepEqual(await refusal(home, launch, 125, t), words);
    t.deepEqual(await refusal(home, ['init'], initCode, t), words);
    await home.run(['stop']);
    t.is(statSync(path).mode & 0o777, 0, place);
    chmodSync(path, 0o700);
    t.deepEqual(inodes(state), before, place);
  }
  await requireServing(t, home, canary);
});

/** The verifier reads for itself; what only the writer needs does not stop it. */
asRoot('a record that cannot be opened is not called whole', async (t) => {
  const { home } = await restingHome(t);
  for (const [place, closed] of inAudit.filter(([place]) => place !== 'audit/anchor.key')) {
    const path = join(home.directory, 'state', place);
    chmodSync(path, 0);
    t.deepEqual(await refusal(home, ['audit', 'verify'], 78, t), [closed]);
    chmodSync(path, 0o600);
  }
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

/** The memory of a process is a regular file of mode 0600 whose first bytes cannot be read: EIO, or too short where a size is due. */
async function withDiskError(path: string, use: () => Promise<void>): Promise<void> {
  execFileSync('mount', ['--bind', `/proc/${process.pid}/mem`, path]);
  try {
    await use();
  } finally {
    execFileSync('umount', [path]);
  }
}

asRoot('an error of the disk under a file is told with its name, and no other is made for it', async (t) => {
  const home = createHome(t);
  const canary = createCanary();
  await home.store('demo', canary);
  await home.run(['stop']);
  const state = join(home.directory, 'state');
  const before = inodes(state);
  const unread = (name: string) => `the audit log cannot be read (${name}), so nothing is released`;
  const log = 'HOME/state/audit/audit.jsonl';
  const rows: readonly (readonly [string, readonly string[], number, readonly string[]])[] = [
    ...inVault.map(
      ([place]) => [place, launch, 125, [`the vault file ${place} is refused: its size is wrong`]] as const,
    ),
    ...inAudit
      .filter(([place]) => place !== 'audit/anchor.key')
      .map(([place]) => [place, ['audit', 'verify'], 1, [unread(`HOME/state/${place}`)]] as const),
    ['audit/audit.jsonl', ['audit', 'show'], 1, [unread('audit.jsonl')]],
    // A daemon tries again before it gives up, and says so each time: a disk may come back.
    ['audit/audit.jsonl', ['init'], 69, [unread(log), ...endsDaemon]],
    ['audit/head', ['init'], 69, [unread('HOME/state/audit/head'), ...endsDaemon]],
  ];
  for (const [place, verb, code, words] of rows) {
    await withDiskError(join(state, place), async () => {
      t.deepEqual([...new Set(await refusal(home, verb, code, t))], words);
      await home.run(['stop']);
    });
    t.deepEqual(inodes(state), before, place);
  }
  await requireServing(t, home, canary);
});
