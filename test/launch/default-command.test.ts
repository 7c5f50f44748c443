/** Without a command the one of the profile runs, found by the client, as if it had been typed. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createHome, type Home } from '../support/daemon.ts';
import { agentFile, parseTold, valuesOf } from '../support/told.ts';

/** A profile of the configuration directory. */
function writeOwn(home: Home, name: string, lines: string): string {
  const directory = join(home.directory, 'config/profiles');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `${name}.toml`);
  writeFileSync(file, `schema = 1\nname = "${name}"\n${lines}\n`);
  return file;
}

const odd = ['a b', '', '-p', '--', 'two\nlines', '\u00e9\ud83d\ude00', '$HOME', '*'];

test('runs the command of a named profile, argument by argument', async (t) => {
  const home = createHome(t);
  writeOwn(home, 'odd', `command = ${JSON.stringify([agentFile, ...odd])}`);
  for (const args of [
    ['run', '-p', 'odd'],
    ['run', '--profile=odd', '--'],
  ])
    t.deepEqual(parseTold(await home.run(args)).words.slice(1), odd);
});

test('runs the command of a profile that was given as a path', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'from-the-vault');
  const file = join(home.directory, 'own.toml');
  const lines = `command = ["${agentFile}", "x"]\n[credentials.KEY]\nfrom = "vault:demo"`;
  writeFileSync(file, `schema = 1\nname = "own"\n${lines}\n`);
  // The client's own first descriptor is 3 or, where the caller has that open, another one.
  for (const prefix of [[], ['sh', '-c', 'exec "$@" 3</dev/null', 'sh']]) {
    const told = parseTold(await home.run(['run', '-p', './own.toml'], { cwd: home.directory, prefix }));
    t.deepEqual([told.words.slice(1), valuesOf(told, 'KEY')], [['x'], ['from-the-vault']]);
  }
});

test('reads a path through the descriptor that the client opened, not again by its name', async (t) => {
  const home = createHome(t);
  const file = writeOwn(home, 'open', 'command = ["opened"]');
  const prefix = ['sh', '-c', `exec "$@" 3<${file}`, 'sh'];
  const ended = await home.run(['native-command', './not-there.toml'], { prefix });
  t.deepEqual([ended.code, ended.stdout.toString()], [0, 'opened\0']);
});

test('takes no command from a profile where the daemon reads other profiles', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'from-the-vault');
  writeOwn(home, 'own', `command = ["${agentFile}", "x"]\n[credentials.KEY]\nfrom = "vault:demo"`);
  const other = join(home.directory, 'other');
  mkdirSync(join(other, 'agentkeys/profiles'), { recursive: true, mode: 0o700 });
  const text = `schema = 1\nname = "own"\ncommand = ["${agentFile}", "y"]\n`;
  writeFileSync(join(other, 'agentkeys/profiles/own.toml'), text);
  mkdirSync(join(home.directory, 'runtime'));
  symlinkSync(join(home.directory, 'run'), join(home.directory, 'runtime/agentkeys'));
  const runtime = `XDG_RUNTIME_DIR=${join(home.directory, 'runtime')}`;
  const run = (config: string, args: readonly string[] = []) =>
    home.run(['run', '-p', 'own', ...args], {
      prefix: ['env', '-u', 'AGENTKEYS_HOME', runtime, `XDG_CONFIG_HOME=${config}`],
    });
  const refused = await run(other);
  t.is(refused.code, 125, 'it is refused');
  t.true(refused.stderr.includes(`another configuration directory, ${join(home.directory, 'config')}:`));
  // The allowed twins: the same directory by another name, and a command of the caller's own.
  symlinkSync(join(home.directory, 'config'), join(home.directory, 'agentkeys'));
  t.deepEqual(parseTold(await run(home.directory)).words.slice(1), ['x']);
  t.deepEqual(parseTold(await run(other, ['--', agentFile])).words.slice(1), []);
});

test('a command that is given replaces all of it', async (t) => {
  const home = createHome(t);
  writeOwn(home, 'own', 'command = ["/nowhere/at/all", "x"]');
  const ended = await home.run(['run', '-p', 'own', '--', agentFile, 'mine']);
  t.deepEqual(parseTold(ended).words.slice(1), ['mine']);
});

test('changes nothing of what the agent inherits', async (t) => {
  const home = createHome(t);
  const script =
    "grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status; cat /proc/self/limits; umask; ls /proc/self/fd; cat";
  writeOwn(home, 'look', `command = ${JSON.stringify(['sh', '-c', script])}`);
  // Not by a shell: dash always catches SIGCHLD.
  const python = `
import os, resource, signal, sys
for number in (signal.SIGCHLD, signal.SIGUSR2, signal.SIGPIPE):
    signal.signal(number, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
os.umask(0o37)
os.execv(sys.argv[1], sys.argv[1:])`;
  const options = { prefix: ['python3', '-c', python], input: 'what was typed\n' };
  const [own, typed] = [
    await home.run(['run', '-p', 'look'], options),
    await home.run(['run', '-p', 'look', '--', 'sh', '-c', script], options),
  ];
  t.is(own.code, 0, own.stderr);
  t.is(own.stdout.toString(), typed.stdout.toString());
  t.true(own.stdout.toString().endsWith('\nwhat was typed\n'));
});

const refusals: readonly [string, string, RegExp][] = [
  ['has none', '', /no command to run: the profile own has no default; give one after --/],
  ['cannot be read', 'commnd = ["x"]', /own\.toml:3: 'commnd' is not a known key/],
  ['names no program', 'command = [""]', /own\.toml:3: /],
];
for (const [what, lines, expected] of refusals) {
  test(`without a command, a profile that ${what} starts neither agent nor daemon`, async (t) => {
    const home = createHome(t);
    writeOwn(home, 'own', lines);
    const ended = await home.run(['run', '-p', 'own']);
    t.deepEqual([ended.code, ended.stdout.toString()], [125, '']);
    t.regex(ended.stderr, expected);
    t.regex(ended.stderr, /^agentkeys: error: [^\n]+\nagentkeys: hint: [^\n]+\n$/, 'told once');
    t.false(existsSync(join(home.directory, 'run/agentkeys.sock')));
  });
}

test('without command and profile there is nothing to run, whatever default says', async (t) => {
  const home = createHome(t);
  const marker = join(home.directory, 'started');
  writeOwn(home, 'default', `command = ["touch", "${marker}"]`);
  const ended = await home.run(['run']);
  t.is(ended.code, 125);
  t.regex(ended.stderr, /no command to run\n/);
  t.false(existsSync(marker));
});

test('help does not list what only the client asks', async (t) => {
  const home = createHome(t);
  t.notRegex((await home.run(['help'])).stdout.toString(), /native-/);
  t.true(readFileSync(home.client).includes('native-command'));
});
