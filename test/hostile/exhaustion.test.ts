/** Descriptors, locked memory, processes, address space and disk run out, one by one: nothing is released without its record, and what ran out comes back. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, firstLine, type Home } from '../support/daemon.ts';
import { findProcess } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';
import { daemonPids, openTarget, requireRefusal, requireServing } from '../support/target.ts';

const asUser = (uid: number) => ['setpriv', '--reuid', `${uid}`, '--regid', `${uid}`, '--clear-groups'];

/** Sets a soft limit of a running process, as its own user: root may not without a privilege of its own. */
async function limit(t: ExecutionContext, home: Home, pid: number, name: string, value: number | string) {
  const owner = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const change = ['prlimit', `--pid=${pid}`, `--${name}=${value}:`];
  const { code, stderr } = await home.command('setpriv', [...asUser(Number(owner)).slice(1), ...change]);
  t.is(code, 0, stderr);
}

const verbs: readonly (readonly string[])[] = [
  ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY'],
  ['read', 'demo', '--unsafe-stdout'],
  ['store', 'fresh', '--stdin'],
  ['store', 'demo', '--replace', '--stdin'],
];

asRoot('a broker without descriptors refuses in clear words and serves when there are some', async (t) => {
  const target = await openTarget(t);
  const { home, broker, canary } = target;
  // Two of a client that is connected stand for the two files of the state directory that are always open.
  const least = (await target.settle())[1]?.descriptors ?? 0;
  const refused =
    /no more file descriptors|the audit log cannot be written|the daemon (ended|went away) before|already stored/;
  let served = 0;
  // An accepted connection takes two.
  for (let room = 2; room < 10; room++) {
    for (const verb of verbs) {
      await limit(t, home, broker, 'nofile', least + room);
      const ended = await home.run(verb, { input: canary });
      if (ended.code === 0) served++;
      else requireRefusal(t, ended, refused, canary);
    }
    await limit(t, home, broker, 'nofile', 1024);
  }
  t.true(served > 0, 'with enough room each verb is answered');
  await target.requireUnharmed();
});

asRoot('callers wait for a broker that can accept nobody', async (t) => {
  const target = await openTarget(t);
  const { home, broker, spawner } = target;
  const client = await target.greet();
  await limit(t, home, broker, 'nofile', 3);
  const waiting = target.connect();
  await waiting.say({ hello: { protocol: 1, client: 'test/1' } });
  await client.say({ id: 1, verb: 'status', body: {} });
  t.like((await client.hear()).message, { id: 1 }, 'whoever is connected is answered');
  await limit(t, home, broker, 'nofile', 1024);
  t.like((await waiting.hear()).message, { hello: { mode: 'user' } });
  t.deepEqual(await daemonPids(home), { spawner, broker });
  for (const each of [client, waiting]) each.close();
  await target.requireUnharmed();
});

asRoot('a spawner without descriptors fails that launch, and lives', async (t) => {
  const target = await openTarget(t);
  const { home, spawner } = target;
  for (const most of [3, 4, 8, 10, 11, 12, 13]) {
    await limit(t, home, spawner, 'nofile', most);
    const ended = await home.run(['run', '--with', 'demo', '--', 'true']);
    if (ended.code !== 0) requireRefusal(t, ended, /could not be started: \w+: EMFILE/);
    await limit(t, home, spawner, 'nofile', 1024);
  }
  await target.requireUnharmed();
});

/** Leaves as many descriptors on their way as its argument says, and keeps them there. */
const park = `
import os, socket, sys
fd, kept = os.open('/dev/null', os.O_RDONLY), []
for _ in range(int(sys.argv[1]) // 100):
    kept.append(socket.socketpair())
    socket.send_fds(kept[-1][0], [b'x'], [fd] * 100)
print('parked', flush=True)
sys.stdin.read()`;

asRoot('descriptors that others of the user leave on their way fail a launch, not the broker', async (t) => {
  const prefix = asUser(1510);
  const { home, canary } = await ordinaryHome(t, 1510, prefix);
  const { spawner, broker } = await daemonPids(home);
  const parked = home.start(['500'], { prefix: [...prefix, 'python3', '-c', park, '500'] });
  t.is(await firstLine(parked), 'parked');
  await limit(t, home, broker, 'nofile', 100);
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '--with', 'demo', '--', 'touch', marker]);
  requireRefusal(t, ended, /no more descriptors in flight/, canary);
  t.false(existsSync(marker));
  t.deepEqual(await daemonPids(home), { spawner, broker }, 'neither has ended');
  const gone = new Promise((resolve) => parked.once('exit', resolve));
  parked.stdin?.end();
  await gone;
  await requireServing(t, home, canary);
  t.deepEqual(await daemonPids(home), { spawner, broker });
});

asRoot(
  'without locked memory nothing is served, with little no value, with a mebibyte everything',
  async (t) => {
    const none = createHome(t, { prefix: ['prlimit', '--memlock=0:0', ...asUser(1511)] });
    own(none, 1511);
    requireRefusal(t, await none.run(['run', '--', 'true']), /no locked memory is left/);
    const few = createHome(t, { prefix: ['prlimit', '--memlock=65536:65536', ...asUser(1511)] });
    own(few, 1511);
    requireRefusal(t, await few.run(['init']), /no locked memory is left/);
    const little = ['prlimit', '--memlock=1048576:1048576', ...asUser(1511)];
    const { home, canary } = await ordinaryHome(t, 1511, little);
    await requireServing(t, home, canary);
  },
);

asRoot('locked memory that is taken away refuses new values and comes back', async (t) => {
  const { home, canary } = await ordinaryHome(t, 1512, asUser(1512));
  const { broker, spawner } = await daemonPids(home);
  await limit(t, home, broker, 'memlock', 0);
  for (const verb of verbs)
    requireRefusal(t, await home.run(verb, { input: 'x' }), /no locked memory is left/, canary);
  await limit(t, home, broker, 'memlock', 1 << 20);
  await requireServing(t, home, canary);
  t.deepEqual(await daemonPids(home), { spawner, broker });
});

asRoot('a user without room for a process gets no agent, and has one later', async (t) => {
  const { home, canary } = await ordinaryHome(t, 1513, asUser(1513));
  const { broker, spawner } = await daemonPids(home);
  await limit(t, home, spawner, 'nproc', 1);
  requireRefusal(t, await home.run(['run', '--with', 'demo', '--', 'true']), /monitor: EAGAIN/, canary);
  await limit(t, home, spawner, 'nproc', 4096);
  await requireServing(t, home, canary);
  t.deepEqual(await daemonPids(home), { spawner, broker });
});

asRoot('a broker without address space serves nothing wrong, and is there again', async (t) => {
  const target = await openTarget(t);
  const { home, broker, canary } = target;
  await limit(t, home, broker, 'as', 1);
  for (const verb of verbs.slice(0, 2)) {
    const ended = await home.run(verb);
    if (ended.code !== 0) requireRefusal(t, ended, /./, canary);
  }
  if (findProcess(broker) !== undefined) await limit(t, home, broker, 'as', 'unlimited');
  await requireServing(t, home, canary);
});

/** A small disk of the test's own at the home's state directory. */
function mountState(t: ExecutionContext, home: Home): string {
  const state = join(home.directory, 'state');
  mkdirSync(state, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', state]);
  t.teardown(() => execFileSync('umount', ['--lazy', state]));
  return state;
}

/** Takes what is left, to the last byte. */
function fill(path: string): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    while (writeSync(fd, Buffer.alloc(1024)) > 0);
  } catch {
    // ENOSPC is what this is for.
  } finally {
    closeSync(fd);
  }
}

asRoot(
  'a full disk under vault and audit log refuses, and loses nothing that was acknowledged',
  async (t) => {
    let state = '';
    const target = await openTarget(t, {
      prepare: (home) => {
        state = mountState(t, home);
      },
    });
    const { home, canary } = target;
    const entry = readFileSync(join(state, 'vault/demo.cred'));
    fill(join(state, 'filler'));
    const refused = /the audit log cannot be written|the vault cannot be written: the disk is full/;
    for (const verb of [...verbs, ...verbs]) {
      const ended = await home.run(verb, { input: 'x'.repeat(60_000) });
      // What fits behind the last record is written: a launch may still be granted.
      if (ended.code !== 0) requireRefusal(t, ended, refused, canary);
      t.false(ended.stderr.includes(canary));
    }
    t.deepEqual(readFileSync(join(state, 'vault/demo.cred')), entry);
    t.deepEqual(readdirSync(join(state, 'vault')).sort(), ['demo.cred', 'header', 'key']);
    rmSync(join(state, 'filler'));
    await target.requireUnharmed();
    t.is((await home.run(['store', 'fresh', '--stdin'], { input: 'x' })).code, 0);
  },
);

asRoot(
  'a disk that is read-only under the vault refuses, and serves when it is writable again',
  async (t) => {
    const target = await openTarget(t);
    const { home, canary } = target;
    const directory = join(home.directory, 'state/vault');
    execFileSync('mount', ['--bind', directory, directory]);
    execFileSync('mount', ['-o', 'remount,bind,ro', directory]);
    try {
      const ended = await home.run(['store', 'fresh', '--stdin'], { input: 'x' });
      requireRefusal(t, ended, /the vault cannot be written: not permitted/, canary);
    } finally {
      execFileSync('umount', [directory]);
    }
    await target.requireUnharmed();
  },
);

function own(home: Home, uid: number): void {
  chownSync(home.directory, uid, uid);
  chmodSync(home.directory, 0o700);
}

/** A daemon of an ordinary user, who cannot lock what root can. */
async function ordinaryHome(t: ExecutionContext, uid: number, prefix: readonly string[]) {
  const home = createHome(t, { prefix });
  own(home, uid);
  const canary = createCanary();
  await home.store('demo', canary);
  return { home, canary };
}
