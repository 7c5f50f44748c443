/** What each process holds of the region between `go` and exec, and after it. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createCanary, scanProcess } from '../support/canary.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { secretDescriptors, secretMappings } from '../support/process-facts.ts';
import { childrenOf, findProcess } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';
import { afterGo } from '../support/stages.ts';

interface Paused {
  readonly home: Home;
  readonly value: string;
  readonly child: number;
  readonly monitor: number;
  readonly spawner: number;
  readonly broker: number;
  /** Lets the child go on; resolves once the monitor has told that the agent runs. */
  resume(): Promise<void>;
}

/** A launch that stands still in the child, after the go and before exec. */
async function pausedLaunch(t: ExecutionContext, memory: 'secret' | 'fallback'): Promise<Paused> {
  const home = createHome(t, { hasFaults: true });
  const value = createCanary();
  const fifo = join(home.directory, 'pause');
  spawnSync('mkfifo', [`${fifo}.out`, `${fifo}.in`]);
  await home.daemon(
    [`--fault=${afterGo}:wait=${fifo}`, `--memory=fallback`].slice(0, memory === 'secret' ? 1 : 2),
  );
  await home.store('demo', value);
  home.start(['run', '--with', 'demo', '--', 'sh', '-c', 'echo ready; read _']);
  const told = spawnSync('cat', [`${fifo}.out`]).stdout.toString();
  const child = Number(told);
  const monitor = findProcess(child)?.parent ?? 0;
  const spawner = findProcess(monitor)?.parent ?? 0;
  const broker = childrenOf(spawner).find(({ commandLine }) => commandLine.includes('broker.js'))?.pid ?? 0;
  const resume = async () => {
    writeFileSync(`${fifo}.in`, '');
    // Written down once the monitor has said that the agent runs, which it says after the wipe.
    await auditEvent(home, 'exec');
  };
  return { home, value, child, monitor, spawner, broker, resume };
}

const held = (pid: number) => ({
  mappings: secretMappings(pid).length,
  descriptors: secretDescriptors(pid).length,
});

for (const memory of ['secret', 'fallback'] as const) {
  asRoot(
    `at the go only the child maps the region and only the monitor keeps it, with ${memory} memory`,
    async (t) => {
      const { child, monitor, spawner, broker, resume } = await pausedLaunch(t, memory);
      t.deepEqual(held(broker), { mappings: 1, descriptors: 0 }, 'the broker has its arena alone');
      t.deepEqual(held(spawner), { mappings: 0, descriptors: 0 });
      t.deepEqual(held(monitor), { mappings: 0, descriptors: 1 });
      t.is(held(child).mappings, 1);
      await resume();
      t.deepEqual(held(monitor), { mappings: 0, descriptors: 0 }, 'let go after exec');
      t.deepEqual(held(child), { mappings: 0, descriptors: 0 }, 'nothing crosses the exec');
    },
  );
}

asRoot('the monitor wipes the region in place once the agent runs', async (t) => {
  const { value, child, monitor, spawner, broker, resume } = await pausedLaunch(t, 'fallback');
  const region = openRegion(monitor);
  t.teardown(() => closeSync(region));
  t.true(readAll(region).includes(value), 'the region is the one with the value');
  t.true(scanProcess(child, value).finds > 0, 'fallback memory can be searched');
  for (const pid of [broker, spawner, monitor]) t.is(scanProcess(pid, value).finds, 0);
  await resume();
  t.true(readAll(region).every((byte) => byte === 0));
});

asRoot('the region is locked and stays out of dumps and forks wherever it is mapped', async (t) => {
  const { child, broker, resume } = await pausedLaunch(t, 'fallback');
  for (const pid of [child, broker])
    for (const { flags } of secretMappings(pid))
      for (const flag of ['lo', 'dd', 'dc']) t.true(flags.includes(flag), flag);
  t.regex(readFileSync(`/proc/${broker}/status`, 'utf8'), /^VmLck:\s+[1-9]/m);
  await resume();
});

function openRegion(pid: number): number {
  const fds = readdirSync(`/proc/${pid}/fd`);
  const fd = fds.find((candidate) =>
    readlinkSync(`/proc/${pid}/fd/${candidate}`).startsWith('/memfd:agentkeys ('),
  );
  return openSync(`/proc/${pid}/fd/${fd}`, 'r');
}

function readAll(fd: number): Buffer {
  const bytes = Buffer.alloc(4096);
  readSync(fd, bytes, 0, bytes.length, 0);
  return bytes;
}
