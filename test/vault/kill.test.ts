import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { loopValue } from './support/loop-values.ts';
import { canary, demo, openAt, revealed, snapshot, vaultDirectory } from './support/test-vault.ts';

const fixture = fileURLToPath(new URL('fixtures/store-loop.ts', import.meta.url));
const rounds = 36;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

/** Kills the program after a random number of acknowledgements and event loop turns; the last version that it acknowledged. */
async function storeUntilKilled(directory: string, seed: string): Promise<number> {
  const child = spawn(process.execPath, [fixture, directory, seed], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const wanted = canary(1).readUInt8() % 5;
  let acknowledged = 0;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    count += 1;
    if (count !== wanted + 1) continue;
    // Spreads the blow over the steps of the store that is under way by now.
    await turns(canary(1).readUInt8());
    child.kill('SIGKILL');
  }
  await exited;
  return acknowledged;
}

test('killed at any moment, every acknowledged version is there and whole', async (t) => {
  const directory = vaultDirectory(t);
  const seed = canary(16).toString('hex');
  for (let round = 0; round < rounds; round += 1) {
    const acknowledged = await storeUntilKilled(directory, seed);
    const vault = openAt(directory);
    const version = vault.find(demo)?.version ?? 0;
    // The store after the last acknowledged one may have been finished, or not.
    t.true(version === acknowledged || version === acknowledged + 1, `${version} after ${acknowledged}`);
    t.true(revealed(vault).equals(loopValue(seed, version)));
    t.deepEqual(Object.keys(snapshot(directory)).sort(), ['demo.cred', 'header', 'key']);
  }
});

test('killed at any moment of its first start, there is no vault or a whole one', async (t) => {
  for (let round = 0; round < 12; round += 1) {
    const directory = vaultDirectory(t);
    const watcher = watch(dirname(directory));
    const child = spawn(process.execPath, [fixture, directory, 'first'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    // The first thing to appear is the directory; the blow falls on one of the steps after it.
    await Promise.race([once(watcher, 'change'), exited]);
    watcher.close();
    await turns(canary(2).readUInt16BE() % 2000);
    child.kill('SIGKILL');
    await exited;
    const vault = openAt(directory);
    const wasPresent = vault.isPresent();
    t.is((await vault.initialise()).created, !wasPresent);
    t.true([...vault.list()].every(({ refusal }) => refusal === undefined));
  }
});
