/** The agent starts as if the caller had started it: the caller's attributes, nothing of the daemon's and nothing of Node's. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createHome, type Home, type RunOptions } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';

async function output(
  t: ExecutionContext,
  home: Home,
  script: string,
  options?: RunOptions,
): Promise<string> {
  const ended = await home.run(['run', '--', 'sh', '-c', script], options);
  t.is(ended.code, 0, ended.stderr);
  return ended.stdout.toString().trim();
}

test('gives the agent default signals and an empty mask', async (t) => {
  const home = createHome(t);
  const status = (await home.run(['run', '--', 'cat', '/proc/self/status'])).stdout.toString();
  for (const set of ['SigIgn', 'SigBlk', 'SigCgt']) t.regex(status, new RegExp(`^${set}:\t0{16}$`, 'm'));
});

test('keeps what the caller ignored ignored', async (t) => {
  const home = createHome(t);
  const ended = await home.run(['run', '--', 'sh', '-c', 'kill -HUP $$; echo alive'], { prefix: ['nohup'] });
  t.is(ended.stdout.toString(), 'alive\n');
});

test('passes 0, 1 and 2 and no other descriptor', async (t) => {
  const home = createHome(t);
  const fds = await output(t, home, 'ls /proc/self/fd', {
    prefix: ['sh', '-c', 'exec 9</dev/null; exec "$@"', 'sh'],
  });
  t.deepEqual(fds.split('\n'), ['0', '1', '2', '3']); // 3 is the directory that ls reads
});

test('turns a descriptor that the caller had closed into /dev/null', async (t) => {
  const home = createHome(t);
  const prefix = ['sh', '-c', 'exec "$@" <&-', 'sh'];
  t.is(await output(t, home, 'readlink /proc/self/fd/0', { prefix }), '/dev/null');
});

test('leaves the blocking flag of a pipe as it is', async (t) => {
  const home = createHome(t);
  const script =
    'import fcntl, os; print([fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK for fd in (0, 1, 2)])';
  const prefix = ['sh', '-c', 'true | "$@" | cat', 'sh'];
  const ended = await home.run(['run', '--', 'python3', '-c', script], { prefix });
  t.is(ended.stdout.toString(), '[0, 0, 0]\n');
});

test("takes over the caller's directory, umask, limits and niceness", async (t) => {
  const home = createHome(t);
  // One that the caller starts would have them from the caller too.
  await home.daemon();
  const prefix = ['sh', '-c', 'umask 027; ulimit -n 300; ulimit -c 0; exec nice -n 5 "$@"', 'sh'];
  const told = await output(t, home, 'pwd; umask; ulimit -n; ulimit -Hn; nice', { prefix, cwd: '/usr' });
  t.deepEqual(told.split('\n'), ['/usr', '0027', '300', '300', '5']);
});

test("gives the caller's environment, each name once, and the session's socket", async (t) => {
  const home = createHome(t);
  const env = { FOO: 'bar', NODE_CHANNEL_FD: undefined };
  const names = (await output(t, home, 'env -0 | cut -z -d= -f1 | tr "\\0" "\\n"', { env })).split('\n');
  t.is(new Set(names).size, names.length);
  t.true(names.includes('FOO') && names.includes('AGENTKEYS_SOCKET') && names.includes('AGENTKEYS_HOME'));
  t.is(await output(t, home, 'echo $FOO', { env }), 'bar');
});

test('passes arguments and environment byte for byte', async (t) => {
  const home = createHome(t);
  const python = String.raw`
import os, subprocess, sys
env = dict(os.environb); env[b'ODD'] = b'a\xff\n=b\x01'
client = os.fsencode(sys.argv[1])
out = subprocess.run([client, b'run', b'--', b'python3', b'-c',
  b'import os,sys; print(os.fsencode(sys.argv[1]).hex(), os.environb[b"ODD"].hex())', b'\xfe\xff\n "'], env=env, stdout=subprocess.PIPE)
print(out.stdout.decode().strip())`;
  const ended = await home.run([], { prefix: ['python3', '-c', python] });
  t.is(
    ended.stdout.toString().trim(),
    `feff0a2022 ${Buffer.from('a\xff\n=b\x01', 'latin1').toString('hex')}`,
  );
});

test('filters the environment as the profile says, and the credential wins', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'from-the-vault');
  const profile = join(home.directory, 'narrow.toml');
  writeFileSync(
    profile,
    `schema = 1
name = "narrow"
[credentials.KEY]
from = "vault:demo"
[environment]
inherit = "minimal"
pass = ["KEEP_*", "KEY"]
unset = ["KEEP_NOT"]
set = { CI = "1" }
`,
  );
  const env = { KEEP_A: 'a', KEEP_NOT: 'x', DROPPED: 'x', KEY: 'from-the-caller' };
  const ended = await home.run(['run', '-p', profile, '--', 'env'], { env });
  const lines = ended.stdout.toString().split('\n');
  for (const line of ['KEEP_A=a', 'CI=1', 'KEY=from-the-vault']) t.true(lines.includes(line), line);
  t.false(lines.some((line) => /^(KEEP_NOT|DROPPED)=/.test(line)));
  t.is(lines.filter((line) => line.startsWith('KEY=')).length, 1);
});

test('gives nothing of the daemon: no filter, no flag, default dumpable, own session and group', async (t) => {
  const home = createHome(t);
  const status = await output(
    t,
    home,
    "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; cat /proc/sys/kernel/core_pattern >/dev/null",
  );
  const own = await home.command('grep', ['-E', '^(NoNewPrivs|Seccomp):', '/proc/self/status']);
  t.is(status, own.stdout.toString().trim());
  t.is(await output(t, home, 'test $(ps -o pgid= -p $$) -eq $$ && echo leader'), 'leader');
});

test("takes over the caller's no_new_privs", async (t) => {
  const home = createHome(t);
  await home.daemon();
  const prefix = ['setpriv', '--no-new-privs'];
  const told = await output(t, home, "grep '^NoNewPrivs' /proc/self/status", { prefix });
  t.is(told, 'NoNewPrivs:\t1');
});

test('refuses a caller with a seccomp filter that the daemon does not have', async (t) => {
  const home = createHome(t);
  await home.daemon();
  // PR_SET_NO_NEW_PRIVS, then PR_SET_SECCOMP with a filter that allows everything.
  const python = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
code = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0x7fff0000))
program = ctypes.create_string_buffer(struct.pack('HxxxxxxP', 1, ctypes.addressof(code)))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])`;
  const ended = await home.run(['run', '--', 'true'], { prefix: ['python3', '-c', python] });
  t.is(ended.code, 125);
  t.regex(ended.stderr, /more confined than the daemon: it has a seccomp filter/);
});

const sandboxes: readonly [string, readonly string[], RegExp][] = [
  ['fewer capabilities', ['setpriv', '--bounding-set', '-net_raw'], /lacks capabilities/],
  ['a network namespace of its own', ['unshare', '--net'], /other namespaces/],
  ['a mount namespace of its own', ['unshare', '--mount'], /other namespaces/],
];
for (const [what, prefix, expected] of sandboxes) {
  asRoot(`refuses a caller with ${what}`, async (t) => {
    const home = createHome(t);
    await home.daemon();
    const ended = await home.run(['run', '--', 'true'], { prefix });
    t.is(ended.code, 125);
    t.regex(ended.stderr, /more confined than the daemon/);
    t.regex(ended.stderr, expected);
  });
}

asRoot("gives exactly the caller's groups", async (t) => {
  const home = createHome(t);
  await home.daemon();
  const prefix = ['setpriv', '--regid', '4242', '--groups', '4243,4244'];
  t.is(await output(t, home, 'id -g; id -G', { prefix }), '4242\n4242 4243 4244');
});

asRoot('refuses another user on the socket, whatever its mode', async (t) => {
  const home = createHome(t);
  await home.daemon();
  for (const path of ['', 'run', 'run/agentkeys.sock']) chmodSync(join(home.directory, path), 0o777);
  mkdirSync(join(home.directory, 'other'), { mode: 0o777 });
  const prefix = ['setpriv', '--reuid', '1500', '--regid', '1500', '--clear-groups'];
  const ended = await home.run(['run', '--', 'true'], { prefix });
  t.is(ended.code, 125);
  t.regex(ended.stderr, /the daemon refused the request|no daemon answers/);
});
