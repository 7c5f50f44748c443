import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, firstLine, type Home } from '../support/daemon.ts';
import { childrenOf, findProcess } from '../support/processes.ts';

const sh = (script: string) => ['run', '--with', 'demo', '--', 'sh', '-c', script];

async function prepared(t: ExecutionContext): Promise<{ home: Home; value: string }> {
  const home = createHome(t);
  const value = createCanary();
  await home.store('demo', value);
  return { home, value };
}

test('gives the agent the stored value and starts the daemon by itself', async (t) => {
  const { home, value } = await prepared(t);
  const ended = await home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']);
  t.deepEqual([ended.code, ended.stdout.toString(), ended.stderr], [0, `${value}\n`, '']);
});

test('names the variable as asked, by --with and by --env', async (t) => {
  const { home, value } = await prepared(t);
  const both = await home.run([
    'run',
    '--with',
    'demo=A',
    '--env',
    'B=vault:demo',
    '--',
    'sh',
    '-c',
    'echo $A; echo $B',
  ]);
  t.is(both.stdout.toString(), `${value}\n${value}\n`);
});

test('ends as the agent ended', async (t) => {
  const { home } = await prepared(t);
  const exits = await home.run(sh('exit 37'));
  t.deepEqual([exits.code, exits.signal, exits.stderr], [37, null, '']);
  const killed = await home.run(sh('kill -TERM $$'));
  t.deepEqual([killed.code, killed.signal, killed.stderr], [null, 'SIGTERM', '']);
});

test('tells a missing command from one that cannot be executed', async (t) => {
  const { home } = await prepared(t);
  const missing = await home.run(['run', '--', './none']);
  t.is(missing.code, 127);
  t.regex(missing.stderr, /^agentkeys: error: the command was not found: \.\/none\nagentkeys: hint: /);
  const plain = join(home.directory, 'plain');
  writeFileSync(plain, '');
  t.is((await home.run(['run', '--', plain])).code, 126);
  chmodSync(plain, 0o755);
  t.is((await home.run(['run', '--', plain])).code, 126);
  t.is((await home.run(['run', '--', home.directory])).code, 126);
});

const refusals: readonly [string, readonly string[], RegExp][] = [
  ['a credential that is not stored', ['--with', 'absent'], /no credential named absent is stored/],
  ['a profile that does not exist', ['-p', 'absent'], /there is no profile named absent/],
  ['a name that is none', ['--with', '../demo'], /the service name is not valid/],
  ['a backend that does not exist', ['--env', 'KEY=nowhere:demo'], /the reference of KEY is not valid/],
  [
    'a variable that steers the loader',
    ['--env', 'LD_PRELOAD=vault:demo'],
    /LD_PRELOAD must not carry a credential/,
  ],
  ['one variable twice', ['--with', 'demo=A', '--env', 'A=vault:demo'], /A is asked for twice/],
];
for (const [title, options, expected] of refusals) {
  test(`starts nothing for ${title}`, async (t) => {
    const { home } = await prepared(t);
    const marker = join(home.directory, 'started');
    const ended = await home.run(['run', ...options, '--', 'touch', marker]);
    t.is(ended.code, 125);
    t.regex(ended.stderr, expected);
    t.regex(ended.stderr, /\nagentkeys: hint: /);
    t.false(existsSync(marker));
  });
}

test('starts nothing for a profile with an unknown key, naming file, line and key', async (t) => {
  const { home } = await prepared(t);
  const file = join(home.directory, 'agent.toml');
  writeFileSync(
    file,
    'schema = 1\nname = "agent"\n\n[credentials.KEY]\nfrom = "vault:demo"\nreleas = "auto"\n',
  );
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '-p', file, '--', 'touch', marker]);
  t.is(ended.code, 125);
  t.true(ended.stderr.includes(`${file}:6: `), ended.stderr);
  t.regex(ended.stderr, /releas\b.*release/);
  t.false(existsSync(marker));
});

test('starts nothing for a profile that its group can write', async (t) => {
  const { home } = await prepared(t);
  const profiles = join(home.directory, 'config/profiles');
  mkdirSync(profiles, { recursive: true, mode: 0o700 });
  const file = join(profiles, 'shared.toml');
  writeFileSync(file, 'schema = 1\nname = "shared"\n');
  chmodSync(file, 0o664);
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '-p', 'shared', '--', 'touch', marker]);
  t.is(ended.code, 125);
  t.true(ended.stderr.includes(`${file} is refused`), ended.stderr);
  t.false(existsSync(marker));
  chmodSync(file, 0o644);
  t.is((await home.run(['run', '-p', 'shared', '--', 'touch', marker])).code, 0);
  t.true(existsSync(marker));
});

test('goes through client, spawner, broker, monitor and agent as separate processes', async (t) => {
  const { home } = await prepared(t);
  const client = home.start(sh('echo $$; exec sleep 600'));
  const agent = findProcess(Number(await firstLine(client)));
  const monitor = findProcess(agent?.parent ?? 0);
  const spawner = findProcess(monitor?.parent ?? 0);
  t.is(agent?.commandLine, 'sleep 600');
  t.is(monitor?.name, 'agentkeys-mon');
  t.is(spawner?.name, 'agentkeysd');
  const broker = childrenOf(spawner?.pid ?? 0).find(({ commandLine }) =>
    commandLine.includes('dist/bin/broker.js'),
  );
  t.truthy(broker);
  t.is(findProcess(client.pid ?? 0)?.name, 'agentkeys');
  t.is(new Set([agent, monitor, spawner, broker, { pid: client.pid }].map((found) => found?.pid)).size, 5);
});

test('writes the grant down before the agent starts, and what followed after it', async (t) => {
  const { home } = await prepared(t);
  await home.run(['run', '--with', 'demo', '--', 'true']);
  await home.run(['stop']);
  const records = (await home.run(['audit', 'tail', '-n', '20', '--json'])).stdout
    .toString()
    .trim()
    .split('\n');
  const events = records.map((line) => JSON.parse(line)).filter(({ session }) => session !== null);
  t.deepEqual(
    events.map(({ event }) => event),
    ['grant', 'exec', 'deliver', 'drop', 'exit'],
  );
  t.deepEqual(
    events.map(({ service }) => service),
    ['demo', null, 'demo', 'demo', null],
  );
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

test('does not repeat what may be a value that was typed in the wrong place', async (t) => {
  const home = createHome(t);
  for (const args of [
    ['run', '--token=sk-secret', '--', 'true'],
    ['run', 'KEY=sk-secret', 'true'],
  ]) {
    const ended = await home.run(args);
    t.not(ended.code, 0);
    t.false(ended.stderr.includes('sk-secret'), ended.stderr);
  }
});

test('delivers 64 credentials with the longest names', async (t) => {
  const { home, value } = await prepared(t);
  const names = Array.from({ length: 64 }, (_, index) =>
    `N${String(index).padStart(3, '0')}`.padEnd(128, '_'),
  );
  const options = names.flatMap((name) => ['--env', `${name}=vault:demo`]);
  const ended = await home.run(['run', ...options, '--', 'printenv', ...names]);
  t.is(ended.code, 0, ended.stderr);
  t.is(ended.stdout.toString(), `${value}\n`.repeat(64));
});
