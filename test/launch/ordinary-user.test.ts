/** Everything works without a privilege, and what the daemon's processes are cannot be looked into by their own user. */
import { chmodSync, chownSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, firstLine, type Home } from '../support/daemon.ts';
import { childrenOf, findProcess } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';

const uid = 1500;
const prefix = ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups'];

/** The programs stand where the caller cannot necessarily read: the test needs a checkout that others may read. */
async function ordinaryHome(t: ExecutionContext): Promise<{ home: Home; value: string }> {
  const home = createHome(t, { prefix });
  chownSync(home.directory, uid, uid);
  chmodSync(home.directory, 0o700);
  const value = createCanary();
  const init = await home.run(['init']);
  t.is(init.code, 0, init.stderr);
  t.is((await home.run(['store', 'demo', '--stdin'], { input: value })).code, 0);
  return { home, value };
}

asRoot('an ordinary user stores, runs and reads', async (t) => {
  const { home, value } = await ordinaryHome(t);
  const ran = await home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']);
  t.is(ran.stdout.toString().trim(), value);
  t.is((await home.run(['read', 'demo', '--unsafe-stdout'])).stdout.toString(), value);
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

asRoot('a process of the same user cannot look into broker, spawner and monitor', async (t) => {
  const { home } = await ordinaryHome(t);
  const client = home.start(['run', '--with', 'demo', '--', 'sh', '-c', 'echo $$; read _']);
  const agent = Number(await firstLine(client));
  const monitor = findProcess(agent)?.parent ?? 0;
  const spawner = findProcess(monitor)?.parent ?? 0;
  const broker = childrenOf(spawner).find(({ commandLine }) => commandLine.includes('broker.js'))?.pid ?? 0;
  const look = (pid: number) =>
    home.run([], {
      prefix: [
        ...prefix,
        'sh',
        '-c',
        `for f in mem environ; do head -c 1 /proc/${pid}/$f >/dev/null 2>&1; echo $?; done; ls /proc/${pid}/fd/ >/dev/null 2>&1; echo $?`,
      ],
    });
  for (const pid of [broker, spawner, monitor])
    t.regex((await look(pid)).stdout.toString(), /^[12]\n[12]\n[12]\n$/);
  // The positive control: the same look at the agent, which is an ordinary process, succeeds for its environment.
  t.regex((await look(agent)).stdout.toString(), /^[12]\n0\n0\n$/);
});

asRoot("an agent gets as much of its caller's limits and niceness as the daemon may give", async (t) => {
  const { home } = await ordinaryHome(t);
  await home.run(['stop']);
  const poor = [...prefix, 'nice', '-n', '5', 'prlimit', '--nofile=200:200', 'sh', '-c'];
  const program = join(dirname(home.client), 'agentkeysd');
  const daemon = home.start([], { prefix: [...poor, `exec ${program} --foreground`] });
  t.is(await firstLine(daemon), 'listening');
  const tell = ['run', '--', 'sh', '-c', 'ulimit -Sn; ulimit -Hn; nice'];
  for (const [limits, nice, expected] of [
    ['300:400', 0, '200\n200\n5\n'],
    ['150:400', 5, '150\n200\n5\n'],
    ['100:150', 7, '100\n150\n7\n'],
  ] as const) {
    const caller = [...prefix, 'nice', '-n', `${nice}`, 'prlimit', `--nofile=${limits}`];
    const ended = await home.run(tell, { prefix: caller });
    t.is(ended.stdout.toString(), expected, `${limits} ${ended.stderr}`);
  }
});
