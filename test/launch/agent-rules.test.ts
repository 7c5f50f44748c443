/** What a profile says about the agent itself takes effect, or nothing starts. */
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createHome, type Ended, type Home, type RunOptions } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';

/** Runs a command under a profile with these lines in it. */
async function runUnder(
  home: Home,
  lines: string,
  command: readonly string[],
  options?: RunOptions,
): Promise<Ended> {
  const file = join(home.directory, 'agent.toml');
  writeFileSync(file, `schema = 1\nname = "agent"\n${lines}\n`);
  return await home.run(['run', '-p', file, '--', ...command], options);
}

async function requireRefused(
  t: ExecutionContext,
  home: Home,
  lines: string,
  expected: RegExp,
  options?: RunOptions,
): Promise<void> {
  const marker = join(home.directory, 'started');
  const ended = await runUnder(home, lines, ['/bin/sh', '-c', `: > ${marker}`], options);
  t.is(ended.code, 125, ended.stderr);
  t.regex(ended.stderr, expected);
  t.regex(ended.stderr, /\nagentkeys: hint: /);
  t.false(existsSync(marker), 'nothing has run');
}

test('gives the agent the directory, umask and limits of its profile', async (t) => {
  const home = createHome(t);
  const lines = '[agent]\ncwd = "/usr/share"\numask = "0027"\nlimits = { nofile = 77, core = 4096 }';
  const script = 'pwd; umask; ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc';
  const prefix = ['sh', '-c', 'umask 002; ulimit -c unlimited; exec "$@"', 'sh'];
  const ended = await runUnder(home, lines, ['sh', '-c', script], { cwd: '/usr', prefix });
  // In sh a core limit counts blocks of 512 bytes.
  t.is(ended.stdout.toString(), '/usr/share\n0027\n77\n77\n8\n8\n', ended.stderr);
});

test('gives the agent what the caller has where its profile says nothing', async (t) => {
  const home = createHome(t);
  const prefix = ['sh', '-c', 'umask 002; ulimit -n 333; exec "$@"', 'sh'];
  const script = 'pwd; umask; ulimit -Sn; ulimit -Hn; ulimit -Sc';
  const ended = await runUnder(home, '[agent]\nlimits = { core = 0 }', ['sh', '-c', script], {
    cwd: '/usr',
    prefix,
  });
  t.is(ended.stdout.toString(), '/usr\n0002\n333\n333\n0\n', ended.stderr);
});

test('takes a limit that is exactly the hard limit of the caller', async (t) => {
  const home = createHome(t);
  const prefix = ['prlimit', '--nofile=100:200'];
  const lines = '[agent]\nlimits = { nofile = 200 }';
  const ended = await runUnder(home, lines, ['sh', '-c', 'ulimit -Sn; ulimit -Hn'], { prefix });
  t.is(ended.stdout.toString(), '200\n200\n', ended.stderr);
});

for (const [limit, prefix] of [
  ['nofile', ['prlimit', '--nofile=100:200']],
  ['core', ['prlimit', '--core=0:200']],
] as const) {
  test(`starts nothing where ${limit} is above the hard limit of the caller`, async (t) => {
    const home = createHome(t);
    await home.daemon();
    const expected = new RegExp(`limit ${limit} cannot be set: it is above the caller's hard limit`);
    await requireRefused(t, home, `[agent]\nlimits = { ${limit} = 201 }`, expected, { prefix });
  });
}

asRoot('starts nothing where a limit is above the hard limit of the daemon', async (t) => {
  const ordinary = ['setpriv', '--reuid', '1500', '--regid', '1500', '--clear-groups'];
  const home = createHome(t, { prefix: ordinary });
  chownSync(home.directory, 1500, 1500);
  t.is((await home.run(['daemon'], { prefix: ['prlimit', '--nofile=500:500', ...ordinary] })).code, 0);
  const file = join(home.directory, 'agent.toml');
  writeFileSync(file, 'schema = 1\nname = "agent"\n[agent]\nlimits = { nofile = 501 }\n');
  chownSync(file, 1500, 1500);
  const ended = await home.run(['run', '-p', file, '--', 'true']);
  t.is(ended.code, 125);
  t.regex(ended.stderr, /limit nofile cannot be set: it is above the daemon's hard limit/);
});

const demands: readonly [string, string, RegExp][] = [
  [
    'memory',
    '[agent]\nlimits = { memory = "1GB" }',
    /limit memory cannot be set: it needs a delegated cgroup/,
  ],
  ['pids', '[agent]\nlimits = { pids = 10 }', /limit pids cannot be set: it needs a delegated cgroup/],
  ['another account', '[agent]\nuser = "builder"', /'agent.user' needs the system daemon/],
  ['an age', '[limits]\nmax_age = "1h"', /'limits.max_age' is not enforced by this version/],
  ['a rate', '[limits]\nreads_per_minute = 5', /'limits.reads_per_minute' is not enforced by this version/],
];
for (const [what, lines, expected] of demands) {
  test(`starts nothing and fetches nothing for a profile that asks for ${what}`, async (t) => {
    const home = createHome(t);
    await home.store('demo', 'value');
    await requireRefused(t, home, `[credentials.KEY]\nfrom = "vault:demo"\n${lines}`, expected);
    await home.run(['stop']);
    const records = (await home.run(['audit', 'tail', '-n', '20', '--json'])).stdout.toString();
    t.regex(records, /"event":"refuse","agent_id":"agent"[^\n]*"code":"(LAUNCH_LIMIT|PROFILE_UNSUPPORTED)"/);
    t.notRegex(records, /"event":"(grant|exec)"/);
  });
}

test('starts nothing where the directory of the profile is missing or is none', async (t) => {
  const home = createHome(t);
  await requireRefused(t, home, `[agent]\ncwd = "${home.directory}/none"`, /cannot be entered: ENOENT/);
  await requireRefused(t, home, '[agent]\ncwd = "/etc/passwd"', /cannot be entered: ENOTDIR/);
});

asRoot('enters the directory of the profile with the rights of the agent', async (t) => {
  const ordinary = ['setpriv', '--reuid', '1500', '--regid', '1500', '--clear-groups'];
  const home = createHome(t, { prefix: ordinary });
  chownSync(home.directory, 1500, 1500);
  const closed = join(home.directory, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  await requireRefused(t, home, `[agent]\ncwd = "${closed}"`, /cannot be entered: EACCES/);
});

/** Two directories, each with a program of one name. The profile's is what a broker could have chosen. */
function twoTools(t: ExecutionContext): { home: Home; own: string; planned: string; lines: string } {
  const home = createHome(t);
  const [own, planned] = ['own', 'planned'].map((name) => {
    const directory = join(home.directory, name);
    mkdirSync(join(directory, 'sub'), { recursive: true });
    for (const file of ['tool', 'sub/tool']) {
      writeFileSync(join(directory, file), `#!/bin/sh\necho ${name}\n`);
      chmodSync(join(directory, file), 0o755);
    }
    return directory;
  });
  return { home, own: own ?? '', planned: planned ?? '', lines: `[agent]\ncwd = "${planned}"` };
}

test('under a directory of the profile a relative command names nothing', async (t) => {
  const { home, own, lines } = twoTools(t);
  for (const command of ['./tool', 'sub/tool', '../own/tool']) {
    const ended = await runUnder(home, lines, [command], { cwd: own });
    t.deepEqual([ended.code, ended.stdout.toString()], [125, ''], ended.stderr);
    t.regex(ended.stderr, /a command is named by an absolute path, or found with PATH/);
    // The positive control: without the directory it is the caller's.
    if (command !== '../own/tool')
      t.is((await runUnder(home, '', [command], { cwd: own })).stdout.toString(), 'own\n');
  }
  // Absolute in its form alone.
  const hidden = await runUnder(home, lines, ['/proc/self/cwd/tool'], { cwd: own });
  t.deepEqual([hidden.code, hidden.stdout.toString()], [125, '']);
  t.regex(hidden.stderr, /a command is named by an absolute path, or found with PATH/);
  const absolute = await runUnder(home, lines, [join(own, 'tool')], { cwd: own });
  t.is(absolute.stdout.toString(), 'own\n', absolute.stderr);
});

test('under a directory of the profile relative elements of PATH are skipped', async (t) => {
  const { home, own, planned, lines } = twoTools(t);
  for (const element of ['.', '', 'sub', './sub']) {
    const PATH = `${element}:/usr/bin:/bin`;
    const skipped = await runUnder(home, lines, ['tool'], { cwd: own, env: { PATH } });
    t.deepEqual([skipped.code, skipped.stdout.toString()], [127, ''], `'${element}'`);
    const found = await runUnder(home, lines, ['tool'], { cwd: own, env: { PATH: `${element}:${planned}` } });
    t.is(found.stdout.toString(), 'planned\n', 'an absolute element counts');
  }
});
