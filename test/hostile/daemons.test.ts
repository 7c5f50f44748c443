/** Several daemons at once, daemons that are killed at any step, signals in bursts, a loose umask, state that changes under a running daemon. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { collect, createHome, type Ended, firstLine, type Home } from '../support/daemon.ts';
import { processEnd } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';
import { daemonPids, openTarget, requireRefusal, requireServing } from '../support/target.ts';
import { withToolsAsRoot } from '../support/tools.ts';

const program = (home: Home) => join(dirname(home.client), 'agentkeysd');

/** Resolves with the daemon if it serves, else with how it ended. */
async function race(t: ExecutionContext, home: Home): Promise<ChildProcess | Ended> {
  const child = spawn(program(home), ['--foreground'], {
    env: home.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const ended = collect(child, '');
  const serves = once(child.stdout ?? child, 'data').then(() => child);
  return await Promise.race([serves, ended]);
}

asRoot(
  'of daemons that start at once exactly one serves, also where the one before was killed',
  async (t) => {
    const home = createHome(t);
    for (let round = 0; round < 8; round++) {
      const started = await Promise.all([race(t, home), race(t, home), race(t, home)]);
      const serving = started.filter((each): each is ChildProcess => 'pid' in each);
      const refused = started.filter((each): each is Ended => 'code' in each);
      t.is(serving.length, 1, `round ${round}`);
      for (const ended of refused) {
        t.is(ended.code, 77);
        requireRefusal(t, ended, /another agentkeysd already serves/);
      }
      const { spawner, broker } = await daemonPids(home);
      t.is(spawner, serving[0]?.pid ?? 0, 'the one that said so is the one that answers');
      process.kill(spawner, 'SIGKILL');
      await processEnd(broker);
    }
    t.is((await home.run(['run', '--', 'true'])).code, 0);
  },
);

asRoot('two states that are given one run directory do not take the socket from each other', async (t) => {
  const home = createHome(t);
  const at = (name: string) => {
    const directory = join(home.directory, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  };
  const env = { AGENTKEYS_HOME: undefined, XDG_RUNTIME_DIR: at('shared'), XDG_CONFIG_HOME: at('config') };
  const first = { ...env, XDG_STATE_HOME: at('first') };
  t.is((await home.run(['init'], { env: first })).code, 0);
  const before = (await home.run(['status', '--json'], { env: first })).stdout.toString();
  const second = spawn(program(home), ['--foreground'], {
    env: { ...process.env, ...env, XDG_STATE_HOME: at('second') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = await collect(second, '');
  t.is(ended.code, 77);
  requireRefusal(t, ended, /another agentkeysd serves another state from this directory/);
  t.is((await home.run(['status', '--json'], { env: first })).stdout.toString(), before);
  await home.run(['stop'], { env: first });
});

withToolsAsRoot(
  ['strace'],
  'nothing is ever wider than its owner, whatever the umask of whoever starts it',
  async (t) => {
    const home = createHome(t, { prefix: ['sh', '-c', 'umask 000; exec "$@"', 'sh'] });
    const trace = join(home.directory, 'trace');
    // From its first call on: a mode that is corrected later was wrong before.
    const calls = 'trace=mkdir,mkdirat,mknod,mknodat,open,openat,creat,bind,umask,chmod,fchmod,fchmodat';
    const daemon = home.start([], {
      prefix: [
        'strace',
        '-f',
        '-qq',
        '-o',
        trace,
        '-e',
        calls,
        'sh',
        '-c',
        `umask 000; exec ${program(home)} --foreground`,
      ],
    });
    t.is(await firstLine(daemon), 'listening');
    await home.store('demo', 'value');
    t.is((await home.run(['run', '--with', 'demo', '--', 'true'])).code, 0);
    for (const name of [
      'state',
      'run',
      ...readdirSync(home.directory, { recursive: true, encoding: 'utf8' }),
    ]) {
      if (!/^(state|run)/.test(name)) continue;
      t.is(statSync(join(home.directory, name)).mode & 0o077, 0, name);
    }
    await home.run(['stop']);
    const text = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes(home.directory));
    t.true(text.some((line) => line.includes('mkdir')) && text.some((line) => line.includes('bind(')));
    const wide = text.filter(
      (line) => /(mkdir|O_CREAT|mknod).*, 0[0-7]*([0-7][1-7]|[1-7][0-7])\)/.test(line) || /chmod/.test(line),
    );
    t.deepEqual(wide, []);
  },
);

asRoot(
  'a daemon that is killed while it stores, reads and launches has every acknowledged value, whole',
  async (t) => {
    const home = createHome(t);
    const values = new Map<string, string>([['demo', createCanary()]]);
    await home.store('demo', values.get('demo') ?? '');
    for (let round = 0; round < 8; round++) {
      const { spawner, broker } = await daemonPids(home);
      const fresh = createCanary();
      const storing = home.run(['store', `fresh${round}`, '--stdin'], { input: fresh });
      const launching = home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']);
      const reading = home.run(['read', 'demo', '--unsafe-stdout']);
      // The blow falls after as many answers of a program that takes about as long as they do.
      for (let turn = 0; turn < round % 6; turn++) await home.command('true', []);
      for (const pid of round % 2 === 0 ? [broker] : [spawner, broker]) process.kill(pid, 'SIGKILL');
      await Promise.all([processEnd(broker), launching, reading]);
      const stored = await storing;
      const found = await home.run(['read', `fresh${round}`, '--unsafe-stdout']);
      if (stored.code === 0) t.is(found.stdout.toString(), fresh, `round ${round}: acknowledged`);
      else if (found.code === 0) t.is(found.stdout.toString(), fresh, `round ${round}: whole`);
      // The first verb after the blow may be the one that meets a daemon that is going.
      t.is((await home.run(['run', '--', 'true'])).code, 0);
    }
    await requireServing(t, home, values.get('demo') ?? '');
  },
);

asRoot('signals in bursts end nothing that they are not meant to end', async (t) => {
  const target = await openTarget(t);
  const { spawner, broker, home } = target;
  for (const [pid, signals] of [
    [spawner, ['SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGCHLD', 'SIGWINCH', 'SIGCONT']],
    [broker, ['SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGCHLD', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGCONT']],
  ] as const)
    for (const signal of signals) for (let count = 0; count < 1000; count++) process.kill(pid, signal);
  t.is((await home.run(['run', '--', 'true'])).code, 0);
  await target.requireUnharmed();
  // The inspector listens on TCP; nothing of ours may.
  for (const pid of [spawner, broker]) t.false(listensOnTcp(pid));
});

function listensOnTcp(pid: number): boolean {
  const inodes = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A')
    .map((fields) => fields[9]);
  const links = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  return inodes.some((inode) => inode !== undefined && links.includes(`socket:[${inode}]`));
}

asRoot('a stopped daemon does what was asked meanwhile, for whoever still waits', async (t) => {
  const target = await openTarget(t);
  const { spawner, broker, home, canary } = target;
  for (const pid of [broker, spawner]) process.kill(pid, 'SIGSTOP');
  const patient = Array.from({ length: 5 }, () =>
    home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']),
  );
  const marker = join(home.directory, 'started');
  const gone = home.start(['run', '--', 'touch', marker]);
  const ended = once(gone, 'exit');
  gone.kill('SIGKILL');
  await ended;
  for (const pid of [spawner, broker]) process.kill(pid, 'SIGCONT');
  for (const { stdout } of await Promise.all(patient)) t.is(stdout.toString(), `${canary}\n`);
  await target.requireUnharmed();
  t.throws(() => statSync(marker));
});

asRoot(
  'state that is removed or replaced under a running daemon is refused, and not made again',
  async (t) => {
    const home = createHome(t);
    const canary = createCanary();
    await home.store('demo', canary);
    for (const name of ['vault', 'audit']) {
      const directory = join(home.directory, 'state', name);
      renameSync(directory, `${directory}.true`);
      const launch = ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY'];
      const first = await home.run(launch);
      // The log is open: what was begun with it may still be written; the next head cannot.
      if (name === 'vault') requireRefusal(t, first, /credential named demo|vault/, canary);
      await home.run(launch);
      t.throws(() => statSync(directory), { code: 'ENOENT' }, name);
      t.is((await home.run(['status'])).code, 0);
      execFileSync('cp', ['-a', `${directory}.true`, directory]);
      rmSync(`${directory}.true`, { recursive: true });
      await home.run(['stop']);
      await requireServing(t, home, canary, name);
    }
  },
);
