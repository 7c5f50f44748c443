/** Every native stage fails cleanly: no agent, one typed error, nothing left in any process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { launchStages } from '../../src/core/stages.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { countDescriptors, secretDescriptors, secretMappings } from '../support/process-facts.ts';
import { childrenOf, processEnd } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';

/** EIO: no stage fails with it by itself, so a test that sees it has seen the forced failure. */
const forcedErrno = 5;

/** Stages that happen in the spawner itself: a kill there ends the daemon. */
const spawnerStages: readonly string[] = ['authority', 'confinement', 'plan', 'monitor'];

const expectedError: Readonly<Record<string, RegExp>> = {
  authority: /refused by the spawner/,
  confinement: /more confined than the daemon/,
  cwd: /working directory cannot be entered: EIO/,
  nofile: /limit nofile cannot be set: EIO/,
  core: /limit core cannot be set: EIO/,
  context: /the launch context was refused/,
  resolve: /cannot be executed: EIO/,
  exec: /cannot be executed: EIO/,
  environment: /could not be started: environment: EIO/,
};

interface Before {
  readonly spawner: number;
  readonly broker: number;
  readonly held: readonly Held[];
}

interface Held {
  readonly descriptors: number;
  readonly regions: number;
}

async function pids(home: Home): Promise<{ spawner: number; broker: number }> {
  const status = JSON.parse((await home.run(['status', '--json'])).stdout.toString());
  return { spawner: status.spawner.pid, broker: status.broker.pid };
}

/** Whatever the launch had started is gone, and what the daemon holds is what it held before. */
async function requireNothingLeft(t: ExecutionContext, home: Home, before: Before): Promise<void> {
  const { spawner, broker } = before;
  for (const { pid } of childrenOf(spawner)) if (pid !== broker) await processEnd(pid);
  t.deepEqual(await pids(home), { spawner, broker });
  t.deepEqual([held(spawner), held(broker)], before.held);
  t.deepEqual(
    childrenOf(spawner).map(({ pid }) => pid),
    [broker],
    'no monitor is left',
  );
}

function held(pid: number): Held {
  return {
    descriptors: countDescriptors(pid),
    regions: secretMappings(pid).length + secretDescriptors(pid).length,
  };
}

async function failAt(t: ExecutionContext, home: Home, expected: RegExp): Promise<void> {
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '--with', 'demo', '--', 'touch', marker]);
  t.regex(ended.stderr, expected);
  t.true([125, 126].includes(ended.code ?? 0), `exit ${ended.code}, signal ${ended.signal}`);
  t.false(existsSync(marker), 'no agent has run');
}

for (const [number, { name }] of Object.entries(launchStages)) {
  asRoot(`a failure at stage ${name} leaves nothing`, async (t) => {
    const home = createHome(t, { hasFaults: true });
    await home.daemon([`--fault=${number}:${forcedErrno}`]);
    await home.store('demo', 'value');
    const { spawner, broker } = await pids(home);
    const before = { spawner, broker, held: [held(spawner), held(broker)] };
    const expected = expectedError[name] ?? new RegExp(`could not be started: ${name}: EIO`);
    await failAt(t, home, expected);
    await requireNothingLeft(t, home, before);
  });

  asRoot(`a kill at stage ${name} leaves nothing`, async (t) => {
    const home = createHome(t, { hasFaults: true });
    const daemon = await home.daemon([`--fault=${number}:kill`]);
    await home.store('demo', 'value');
    const { spawner, broker } = await pids(home);
    const before = { spawner, broker, held: [held(spawner), held(broker)] };
    const inSpawner = spawnerStages.includes(name);
    const died = inSpawner ? new Promise((resolve) => daemon.once('exit', resolve)) : undefined;
    await failAt(
      t,
      home,
      inSpawner ? /the daemon went away|the spawner is gone/ : /could not be started|given up/,
    );
    if (inSpawner) {
      await died;
      return;
    }
    await requireNothingLeft(t, home, before);
  });
}
