import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { DoctorRow } from '../../../src/cli/doctor/row.ts';
import { createHome, type Home } from '../../support/daemon.ts';

async function examine(home: Home): Promise<{ readonly code: number | null; readonly rows: DoctorRow[] }> {
  const { code, stdout } = await home.run(['doctor', '--json']);
  return { code, rows: JSON.parse(stdout.toString()) };
}

async function stateOf(home: Home, check: string): Promise<DoctorRow['state'] | undefined> {
  return (await examine(home)).rows.find((row) => row.check === check)?.state;
}

/** What the machine that runs the tests is like does not matter here. */
const ofHome = [
  'config directory',
  'state directory',
  'run directory',
  'socket path',
  'config.toml',
  'profiles',
  'daemon',
  'vault',
  'credentials',
  'audit log',
];

test('before the first use nothing has failed, and nothing is started', async (t) => {
  const home = createHome(t);
  const { rows } = await examine(home);
  t.deepEqual(
    rows.filter(({ check, state }) => ofHome.includes(check) && state === 'failed'),
    [],
  );
  t.is(rows.find(({ check }) => check === 'daemon')?.state, 'unknown');
  t.deepEqual(readdirSync(home.directory), []);
});

test('a sound home has no row that is not ok, and the exit code is 1 exactly if a row failed', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  const { code, rows } = await examine(home);
  t.deepEqual(
    rows.filter(({ check, state }) => ofHome.includes(check) && state !== 'ok'),
    [],
  );
  t.is(code, rows.some(({ state }) => state === 'failed') ? 1 : 0);
});

test('a state directory of mode 0777', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  chmodSync(join(home.directory, 'state'), 0o777);
  t.is(await stateOf(home, 'state directory'), 'failed');
  t.is((await home.run(['doctor'])).code, 1);
  chmodSync(join(home.directory, 'state'), 0o700);
  t.is(await stateOf(home, 'state directory'), 'ok');
});

test('a broken profile has a row of its own', async (t) => {
  const home = createHome(t);
  const directory = join(home.directory, 'config/profiles');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'broken.toml'), 'schema = 2\n', { mode: 0o600 });
  const { code, rows } = await examine(home);
  t.is(code, 1);
  t.regex(rows.find(({ check }) => check === 'profile broken')?.detail ?? '', /broken\.toml:1: /);
});

test('a wrong config.toml', async (t) => {
  const home = createHome(t);
  mkdirSync(join(home.directory, 'config'), { mode: 0o700 });
  writeFileSync(join(home.directory, 'config/config.toml'), 'hardning = "strict"\n', { mode: 0o600 });
  t.is(await stateOf(home, 'config.toml'), 'failed');
});

test('an audit log that was cut off, and one that was taken away', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  await home.run(['stop']);
  const log = join(home.directory, 'state/audit/audit.jsonl');
  truncateSync(log, 400);
  t.is(await stateOf(home, 'audit log'), 'failed');
  renameSync(log, `${log}.away`);
  t.is(await stateOf(home, 'audit log'), 'failed');
});

test('a daemon that was stopped', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  t.is(await stateOf(home, 'daemon'), 'ok');
  await home.run(['stop']);
  for (const check of ['daemon', 'vault', 'credentials', 'hardening'])
    t.is(await stateOf(home, check), 'unknown');
  t.false(existsSync(join(home.directory, 'run/agentkeys.sock')));
});

test('a damaged entry of the vault', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  const vault = join(home.directory, 'state/vault');
  const [entry = ''] = readdirSync(vault).filter((name) => name.startsWith('demo'));
  truncateSync(join(vault, entry), 20);
  const { rows } = await examine(home);
  t.like(
    rows.find(({ check }) => check === 'credentials'),
    { state: 'failed', detail: 'damaged: demo' },
  );
});

test('a vault whose header is damaged', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  await home.run(['stop']);
  await home.run(['daemon']);
  const vault = join(home.directory, 'state/vault');
  for (const name of readdirSync(vault).filter((file) => !file.startsWith('demo')))
    truncateSync(join(vault, name), 10);
  const { stdout } = await home.run(['status', '--json']);
  t.is(JSON.parse(stdout.toString()).vault.state, 'damaged');
  t.regex((await home.run(['status'])).stdout.toString(), /^vault +damaged: the vault file .* is refused/m);
  t.is(await stateOf(home, 'vault'), 'failed');
});

test('inside a session the place is told, and what is refused there is unknown', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  const { stdout } = await home.run(['run', '--', home.client, 'doctor', '--json']);
  const rows: DoctorRow[] = JSON.parse(stdout.toString());
  t.is(rows.find(({ check }) => check === 'place')?.state, 'warn');
  t.is(rows.find(({ check }) => check === 'credentials')?.state, 'unknown');
});

test('a home that cannot be is a row, and the others are looked at', async (t) => {
  const home = createHome(t);
  const { code, stdout } = await home.run(['doctor', '--json'], { env: { AGENTKEYS_HOME: 'relative' } });
  const rows: DoctorRow[] = JSON.parse(stdout.toString());
  t.is(code, 1);
  t.is(rows.find(({ check }) => check === 'home')?.state, 'failed');
  t.is(rows.find(({ check }) => check === 'secret memory')?.state, 'unknown');
  t.is(rows.find(({ check }) => check === 'programs')?.state, 'ok');
});
