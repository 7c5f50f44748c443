/** What the broker's process cannot do, seen from outside and tried from inside. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RogueTools } from '../fixtures/rogue-broker.ts';
import { createHome } from '../support/daemon.ts';
import { childrenOf } from '../support/processes.ts';
import { root } from '../support/source-tree.ts';

function field(path: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1] ?? '';
}

test('every thread of the broker has the filter and no new privileges; it dumps no core', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  const broker =
    childrenOf(daemon.pid ?? 0).find(({ commandLine }) => commandLine.includes('broker.js'))?.pid ?? 0;
  const threads = readdirSync(`/proc/${broker}/task`);
  t.true(threads.length > 1);
  for (const thread of threads) {
    const status = `/proc/${broker}/task/${thread}/status`;
    t.deepEqual([field(status, 'NoNewPrivs'), field(status, 'Seccomp')], ['1', '2']);
  }
  t.regex(readFileSync(`/proc/${broker}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
  // The control: the spawner, whose children must not inherit them, has neither.
  const spawner = `/proc/${daemon.pid}/status`;
  const own = '/proc/self/status';
  for (const name of ['NoNewPrivs', 'Seccomp']) t.is(field(spawner, name), field(own, name), name);
});

/** Runs inside the confined process, and writes down how each deed ended. */
const deeds = async ({ say }: RogueTools): Promise<void> => {
  const net = await import('node:net');
  const { spawnSync } = await import('node:child_process');
  const outcome = (listen: (server: import('node:net').Server) => void) =>
    new Promise<string>((resolve) => {
      const server = net.createServer();
      server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      server.once('listening', () => resolve('listening'));
      listen(server);
    });
  say(`tcp ${await outcome((server) => server.listen(0, '127.0.0.1'))}`);
  say(`unix ${await outcome((server) => server.listen({ path: '\0agentkeys-test', exclusive: true }))}`);
  say(`unshare ${spawnSync('unshare', ['--user', 'true']).status}`);
};

test('the broker has no network, nor a world of its own to go to', async (t) => {
  const brokerScript = `
    import { playRogue } from ${JSON.stringify(join(root, 'test/fixtures/rogue-broker.ts'))};
    const state = process.argv[process.argv.indexOf('--state') + 1];
    await playRogue({ dist: ${JSON.stringify(join(root, 'dist'))}, state, act: ${deeds.toString()} });`;
  const home = createHome(t, { brokerScript });
  await home.daemon();
  await home.run(['run', '--', 'true']);
  const log = readFileSync(join(home.directory, 'state/rogue.log'), 'utf8').trim().split('\n');
  t.deepEqual(log, ['tcp EPERM', 'unix listening', 'unshare 1', 'done']);
});
