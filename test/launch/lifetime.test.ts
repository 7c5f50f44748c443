/** Who may die when: broker, spawner, client, monitor; and how many daemons there are. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createCanary } from '../support/canary.ts';
import { createHome, firstLine, type Home } from '../support/daemon.ts';
import { childrenOf, findProcess, listProcesses, processEnd } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';

const brokerOf = (spawner: number) =>
  childrenOf(spawner).find(({ commandLine }) => commandLine.includes('broker.js'))?.pid ?? 0;

const status = async (home: Home) => JSON.parse((await home.run(['status', '--json'])).stdout.toString());

test('a second daemon for the same directory refuses and leaves the first alone', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const before = await status(home);
  const second = await home.command(join(home.client, '../agentkeysd'), ['--foreground']);
  t.is(second.code, 77);
  t.regex(second.stderr, /another agentkeysd already serves: .*\nagentkeys: hint: /);
  t.deepEqual(await status(home), before);
});

test('callers that find no daemon at once start a single one', async (t) => {
  const home = createHome(t);
  const runs = Array.from({ length: 8 }, () => home.run(['run', '--', 'true']));
  t.deepEqual(new Set((await Promise.all(runs)).map(({ code }) => code)), new Set([0]));
  const daemons = listProcesses().filter(({ pid, name }) => name === 'agentkeysd' && isOf(pid, home));
  t.is(daemons.length, 1);
});

/** The broker's command line names the directories; the spawner's children tell whose it is. */
function isOf(spawner: number, home: Home): boolean {
  return childrenOf(spawner).some(({ commandLine }) => commandLine.includes(home.directory));
}

asRoot('a daemon that was started by a client carries nothing of it', async (t) => {
  const home = createHome(t);
  await home.run(['run', '--', 'true'], { env: { LEAK: 'x' }, cwd: '/usr' });
  const { spawner } = await status(home);
  const environment = readFileSync(`/proc/${spawner.pid}/environ`, 'utf8').split('\0').filter(Boolean);
  t.true(
    environment.every((entry) => /^(HOME|XDG_\w+|AGENTKEYS_HOME)=/.test(entry)),
    environment.join(' '),
  );
  const stat = readFileSync(`/proc/${spawner.pid}/stat`, 'utf8').split(' ');
  t.not(stat[5], String(process.pid));
});

test('an agent and its status survive the broker, and the next broker knows the session', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const client = home.start(['run', '--', 'sh', '-c', 'echo $$; read line; exit 9']);
  const agent = Number(await firstLine(client));
  const broker = brokerOf(daemon.pid ?? 0);
  process.kill(broker, 'SIGKILL');
  await processEnd(broker);
  const [row] = JSON.parse((await home.run(['ps', '--json'])).stdout.toString());
  t.is(row.pid, agent);
  t.is(row.state, 'running');
  t.not((await status(home)).broker.pid, broker);
  const ended = new Promise((resolve) => client.once('exit', resolve));
  client.stdin?.end('go\n');
  t.is(await ended, 9);
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

test('an agent and its status survive the spawner, and the next daemon knows the session', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const client = home.start(['run', '--agent-id', 'lasting', '--', 'sh', '-c', 'echo $$; read line; exit 9']);
  const agent = Number(await firstLine(client));
  const gone = processEnd(daemon.pid ?? 0);
  daemon.kill('SIGKILL');
  await gone;
  await home.daemon();
  const [row] = JSON.parse((await home.run(['ps', '--json'])).stdout.toString());
  t.deepEqual([row.agent_id, row.pid, row.state], ['lasting', agent, 'running']);
  const recorded = auditEvent(home, 'exit');
  const ended = new Promise((resolve) => client.once('exit', resolve));
  client.stdin?.end('go\n');
  t.is(await ended, 9);
  await recorded;
  await processEnd(row.monitor.pid);
  t.deepEqual(readdirSync(join(home.directory, 'run/session')), [], 'the door is gone with the session');
});

test('a client that is killed is a hang-up to its agent', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const client = home.start(['run', '--', 'sh', '-c', 'echo $$; exec sleep 600']);
  const agent = Number(await firstLine(client));
  client.kill('SIGKILL');
  await processEnd(agent);
  t.is(findProcess(agent), undefined);
});

test('an interrupt before the agent runs means that nothing starts', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const broker = brokerOf(daemon.pid ?? 0);
  await status(home);
  process.kill(broker, 'SIGSTOP');
  t.teardown(() => process.kill(broker, 'SIGCONT'));
  const marker = join(home.directory, 'started');
  const client = home.start(['run', '--', 'touch', marker]);
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    client.once('exit', (_, signal) => resolve(signal)),
  );
  client.kill('SIGTERM');
  t.is(await ended, 'SIGTERM');
  process.kill(broker, 'SIGCONT');
  t.is((await status(home)).sessions, 0);
  t.throws(() => readFileSync(marker));
});

test('stop ends the daemon at once for whoever comes next, and running agents go on', async (t) => {
  const home = createHome(t);
  await home.run(['init']);
  const client = home.start(['run', '--', 'sh', '-c', 'echo $$; read line; exit 3']);
  await firstLine(client);
  const stopped = await home.run(['stop']);
  t.deepEqual([stopped.code, stopped.stdout.toString()], [0, '1 running agent goes on\n']);
  t.is((await home.run(['status'])).code, 69);
  t.is((await home.run(['run', '--', 'true'])).code, 0, 'a new daemon serves');
  const ended = new Promise((resolve) => client.once('exit', resolve));
  client.stdin?.end('go\n');
  t.is(await ended, 3);
});

test('what was acknowledged survives a kill of the whole daemon', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const value = createCanary();
  await home.store('demo', value);
  const broker = brokerOf(daemon.pid ?? 0);
  for (const pid of [daemon.pid ?? 0, broker]) process.kill(pid, 'SIGKILL');
  await processEnd(broker);
  const ended = await home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']);
  t.is(ended.stdout.toString().trim(), value);
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

test('an audit log that cannot be written refuses within its limit, and starts nothing', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  await home.store('demo', 'value');
  const broker = brokerOf(daemon.pid ?? 0);
  // Longer than a region, whose making the limit would refuse as well.
  for (let round = 0; round < 8; round++) await home.run(['run', '--', 'true']);
  const log = join(home.directory, 'state/audit/audit.jsonl');
  const limit = readFileSync(log).length;
  const { code } = await home.command('prlimit', [`--pid=${broker}`, `--fsize=${limit}:`]);
  t.is(code, 0);
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '--with', 'demo', '--', 'touch', marker]);
  t.is(ended.code, 125);
  t.regex(ended.stderr, /the audit log cannot be written, so nothing is released/);
  t.throws(() => readFileSync(marker));
  await home.command('prlimit', [`--pid=${broker}`, '--fsize=unlimited:']);
  t.is((await home.run(['run', '--with', 'demo', '--', 'true'])).code, 0, 'it serves again');
});

test('no daemon is started from a place that would be carried into it', async (t) => {
  const home = createHome(t);
  const inSession = await home.run(['run', '--', 'true'], { env: { AGENTKEYS_SOCKET: '/nowhere' } });
  t.is(inSession.code, 125);
  t.regex(inSession.stderr, /none is started from here: this process belongs to an agent's session/);
  const confined = await home.run(['run', '--', 'true'], { prefix: ['setpriv', '--no-new-privs'] });
  t.is(confined.code, 125);
  t.regex(confined.stderr, /none is started from here: this process may gain no new privileges/);
  t.is((await home.run(['status'])).code, 69);
});

/** Waits as a shell does: for the stop of the process that it started, then continues it and waits for its end. */
const shellLike = `
import os, signal, sys
pid = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status = os.waitpid(pid, os.WUNTRACED)
print('stopped' if os.WIFSTOPPED(status) else status, flush=True)
os.kill(pid, signal.SIGCONT)
print('exit', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;

test('an agent that stops itself stops its client, and both go on together', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const args = ['-c', shellLike, home.client, 'run', '--', 'sh', '-c', 'kill -STOP $$; exit 7'];
  const ended = await home.command('python3', args);
  t.is(ended.stdout.toString(), 'stopped\nexit 7\n');
});

test('a daemon that cannot serve says why to whoever started it', async (t) => {
  const home = createHome(t);
  await home.run(['run', '--', 'true']);
  await home.run(['stop']);
  const log = join(home.directory, 'state/audit/audit.jsonl');
  const lines = readFileSync(log, 'utf8').split('\n');
  writeFileSync(log, lines.slice(0, 2).concat('').join('\n'));
  for (const args of [['run', '--', 'true'], ['init'], ['daemon']]) {
    const ended = await home.run(args);
    t.is(ended.code, args[0] === 'run' ? 125 : 69, args[0]);
    t.regex(ended.stderr, /the audit log does not verify: .*the log ends before its head\nagentkeys: hint: /);
  }
});

test('a home that is empty, relative or too long is refused by every program', async (t) => {
  const home = createHome(t);
  for (const directory of ['', 'relative', `/tmp/${'a'.repeat(100)}`])
    for (const args of [['run', '--', 'true'], ['status'], ['daemon', '--foreground']]) {
      const ended = await home.run(args, { env: { AGENTKEYS_HOME: directory } });
      t.true([78, 125].includes(ended.code ?? 0), `${args[0]}: ${ended.code}`);
      t.regex(ended.stderr, /no directory for the daemon: .*\nagentkeys: hint: set HOME/);
    }
});

test('a daemon that does not answer is not waited for without end', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const broker = brokerOf(daemon.pid ?? 0);
  process.kill(broker, 'SIGSTOP');
  const ended = await home.run(['status']);
  process.kill(broker, 'SIGCONT');
  t.is(ended.code, 69);
  t.regex(ended.stderr, /does not answer\nagentkeys: hint: it is stopped or stuck/);
});
