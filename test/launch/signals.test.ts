/** Signals that come at the worst moment: before the agent runs, between the go and the word of it, and while it ends. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createHome, firstLine, type Home, type RunOptions } from '../support/daemon.ts';
import { childrenOf } from '../support/processes.ts';
import { afterGo } from '../support/stages.ts';

/** A launch that stands still after the go; `resume` lets it on. */
async function paused(t: ExecutionContext, script: string, options: RunOptions = {}) {
  const home = createHome(t, { hasFaults: true });
  const fifo = join(home.directory, 'pause');
  spawnSync('mkfifo', [`${fifo}.out`, `${fifo}.in`]);
  await home.daemon([`--fault=${afterGo}:wait=${fifo}`]);
  const client = home.start(['run', '--', 'sh', '-c', script], options);
  spawnSync('cat', [`${fifo}.out`]);
  const ended = new Promise<unknown>((resolve) =>
    client.once('exit', (code, signal) => resolve(code ?? signal)),
  );
  return { home, client, ended, resume: () => writeFileSync(`${fifo}.in`, '') };
}

test('a TERM between the go and the word that the agent runs is the agent’s', async (t) => {
  const script = 'trap "exit 5" TERM; echo ready; while :; do read _; done';
  const { home, client, ended, resume } = await paused(t, script);
  client.kill('SIGSTOP');
  resume();
  await firstLine(client);
  // By then the word that the agent runs lies in the client's socket.
  await auditEvent(home, 'exec');
  client.kill('SIGTERM');
  client.kill('SIGCONT');
  t.is(await ended, 5);
});

test('a TERM after the go and before the exec reaches the agent, though its client is gone', async (t) => {
  const { home, client, ended, resume } = await paused(t, 'exec sleep 600');
  client.kill('SIGTERM');
  t.is(await ended, 'SIGTERM');
  const recorded = auditEvent(home, 'exit');
  resume();
  await recorded;
  t.regex((await home.run(['audit', 'tail', '-n', '1'])).stdout.toString(), /code=signal 15/);
});

test('a signal that the caller ignores does not end the client before the agent runs', async (t) => {
  const { home, client, ended, resume } = await paused(t, 'exit 6', {
    prefix: ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh'],
  });
  client.kill('SIGHUP');
  await home.run(['status']);
  resume();
  t.is(await ended, 6);
});

const storm = `
import os, signal, subprocess, sys
for _ in range(50):
    p = subprocess.Popen([sys.argv[1], 'run', '--', 'sh', '-c', 'echo r; exit 7'], stdout=subprocess.PIPE)
    p.stdout.readline()
    while p.poll() is None: os.kill(p.pid, signal.SIGWINCH)
    if p.returncode != 7: sys.exit('status ' + str(p.returncode))`;

test('no exit status is lost to signals that come while the agent ends', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const ended = await home.command('python3', ['-c', storm, home.client]);
  t.is(ended.code, 0, ended.stderr);
});

test('a daemon that is told to stop ends although its broker is stuck', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const broker = childrenOf(daemon.pid ?? 0).find(({ commandLine }) => commandLine.includes('broker.js'));
  process.kill(broker?.pid ?? 0, 'SIGSTOP');
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  await ended;
  t.is((await home.run(['run', '--', 'true'])).code, 0, 'the next daemon serves');
});

test('one state directory has one daemon, whatever run directory its callers have', async (t) => {
  const home: Home = createHome(t);
  const runtime = join(home.directory, 'runtime');
  mkdirSync(runtime, { mode: 0o700 });
  const login = {
    AGENTKEYS_HOME: undefined,
    HOME: home.directory,
    XDG_STATE_HOME: undefined,
    XDG_CONFIG_HOME: undefined,
  };
  const env = { ...login, XDG_RUNTIME_DIR: runtime };
  t.is((await home.run(['run', '--', 'true'], { env })).code, 0);
  const second = await home.run(['run', '--', 'true'], { env: { ...login, XDG_RUNTIME_DIR: undefined } });
  t.is((await home.run(['stop'], { env })).code, 0);
  t.is(second.code, 125);
  // The person who has lost the socket can still end that daemon.
  t.regex(
    second.stderr,
    /serves this state from another socket: .* \(process \d+, in .*runtime\/agentkeys\)\n/,
  );
});
