/** Links, FIFOs, devices and directories where the daemon expects its files: refused in words, nothing behind them touched, nothing waited for. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';
import { requireRefusal, requireServing } from '../support/target.ts';

const plants: Readonly<Record<string, (path: string, victim: string) => void>> = {
  'a link': (path, victim) => symlinkSync(victim, path),
  'a link to nothing': (path) => symlinkSync('/nonexistent/file', path),
  'a FIFO': (path) => execFileSync('mkfifo', ['-m', '600', path]),
  'a device': (path) => execFileSync('mknod', ['-m', '600', path, 'c', '1', '5']),
  'a directory': (path) => mkdirSync(path, { mode: 0o700 }),
};

const places: readonly (readonly [string, RegExp])[] = [
  ['run/agentkeys.sock', /Not a socket: .*agentkeys\.sock/],
  ['state/agentkeysd.lock', /agentkeysd\.lock/],
  ['state/broker.log', /broker\.log is refused: it is not a file/],
  ['state/audit/audit.jsonl', /audit\.jsonl is refused: it is (not a file|a directory|a symbolic link)/],
  ['state/audit/head', /head is refused: it is (not a file|a directory|a symbolic link)/],
  ['state/vault/header', /vault\/header is refused: it is (not a regular file|a symbolic link)/],
  ['state/vault/key', /vault\/key is refused: it is (not a regular file|a symbolic link)/],
  ['state/vault/demo.cred', /vault\/demo\.cred is refused: it is (not a regular file|a symbolic link)/],
];

/** A home with a vault, and no daemon. */
async function restingHome(t: ExecutionContext): Promise<{ home: Home; canary: string }> {
  const home = createHome(t);
  const canary = createCanary();
  await home.store('demo', canary);
  await home.run(['stop']);
  return { home, canary };
}

const launch = ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY'];

for (const [place, words] of places) {
  asRoot(`whatever lies at ${place} is not followed, not opened and not removed`, async (t) => {
    const { home, canary } = await restingHome(t);
    const path = join(home.directory, place);
    const victim = join(home.directory, 'victim');
    writeFileSync(victim, 'precious', { mode: 0o600 });
    const before = digest(victim);
    const isSocket = place.endsWith('.sock');
    if (!isSocket) renameSync(path, `${path}.true`);
    for (const [what, plant] of Object.entries(plants)) {
      rmSync(path, { recursive: true, force: true });
      plant(path, victim);
      requireRefusal(t, await home.run(launch), words, canary);
      t.is(digest(victim), before, what);
      await home.run(['stop']);
    }
    rmSync(path, { recursive: true });
    if (!isSocket) renameSync(`${path}.true`, path);
    await requireServing(t, home, canary);
  });
}

function digest(path: string): string {
  const { mode, uid, ino } = statSync(path);
  return `${createHash('sha256').update(readFileSync(path)).digest('hex')} ${mode} ${uid} ${ino}`;
}

const directories = ['state', 'run', 'run/session', 'state/audit', 'state/vault'];

asRoot('a directory that others own or may write is refused, and nothing is made in it', async (t) => {
  const { home, canary } = await restingHome(t);
  for (const name of directories) {
    const directory = join(home.directory, name);
    for (const spoil of [() => chmodSync(directory, 0o777), () => chownSync(directory, 1520, 1520)]) {
      const before = statSync(directory).mtimeMs;
      spoil();
      requireRefusal(t, await home.run(launch), /refused/, canary);
      if (name === 'state') t.is(statSync(directory).mtimeMs, before, 'nothing was made in it');
      await home.run(['stop']);
      chownSync(directory, 0, 0);
      chmodSync(directory, 0o700);
    }
  }
  await requireServing(t, home, canary);
});

asRoot('a link in the place of a directory is refused', async (t) => {
  const { home, canary } = await restingHome(t);
  const elsewhere = join(home.directory, 'elsewhere');
  mkdirSync(elsewhere, { mode: 0o700 });
  for (const name of directories) {
    const directory = join(home.directory, name);
    renameSync(directory, `${directory}.true`);
    symlinkSync(elsewhere, directory);
    requireRefusal(t, await home.run(launch), /refused|Not a directory/, canary);
    await home.run(['stop']);
    rmSync(directory);
    renameSync(`${directory}.true`, directory);
  }
  await requireServing(t, home, canary);
});

asRoot('a daemon whose vault is not a directory says how it is, and can be stopped', async (t) => {
  const { home, canary } = await restingHome(t);
  const vault = join(home.directory, 'state/vault');
  renameSync(vault, `${vault}.true`);
  for (const plant of [() => writeFileSync(vault, '', { mode: 0o600 }), () => symlinkSync(vault, vault)]) {
    plant();
    requireRefusal(t, await home.run(launch), /vault is refused: it is not a directory/, canary);
    t.is((await home.run(['status'])).code, 0);
    t.is((await home.run(['stop'])).code, 0);
    rmSync(vault);
  }
  renameSync(`${vault}.true`, vault);
  await requireServing(t, home, canary);
});

asRoot('a home that is a file, or lies below one, is refused', async (t) => {
  const home = createHome(t);
  const file = join(home.directory, 'file');
  writeFileSync(file, '');
  for (const directory of [file, join(file, 'below'), '/proc/self', '/dev/null'])
    for (const args of [['run', '--', 'true'], ['daemon', '--foreground'], ['init']]) {
      const ended = await home.run(args, { env: { AGENTKEYS_HOME: directory } });
      requireRefusal(t, ended, /Not a directory|No such file|File exists|refused/);
    }
  t.is((await home.run(['run', '--', 'true'])).code, 0);
});

asRoot('a home in a directory of somebody else is not made there', async (t) => {
  const prefix = ['setpriv', '--reuid', '1521', '--regid', '1521', '--clear-groups'];
  const home = createHome(t, { prefix });
  const foreign = join(home.directory, 'foreign');
  mkdirSync(foreign, { mode: 0o755 });
  chmodSync(home.directory, 0o755);
  const link = join(home.directory, 'link');
  symlinkSync(foreign, link);
  const refused = await home.run(['run', '--', 'true'], { env: { AGENTKEYS_HOME: link } });
  requireRefusal(t, refused, /Permission denied/);
  chownSync(foreign, 1521, 1521);
  t.is((await home.run(['run', '--', 'true'], { env: { AGENTKEYS_HOME: link } })).code, 0);
  await home.run(['stop'], { env: { AGENTKEYS_HOME: link } });
});
