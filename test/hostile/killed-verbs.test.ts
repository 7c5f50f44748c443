/** `remove` and `import` while broker, spawner or CLI is killed at each of their steps: what was acknowledged is so, and the rest is whole or not at all. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, type Ended, type Home } from '../support/daemon.ts';
import { processEnd } from '../support/processes.ts';
import { daemonPids, requireRefusal, requireServing } from '../support/target.ts';
import { withToolsAsRoot } from '../support/tools.ts';
import { setTrap } from '../support/trap.ts';

/** What is called, and which of them: an answer, the record's sync, the change of the directory, its sync. */
type Step = readonly [calls: string, when: number];

const sent = (count: number): readonly Step[] =>
  Array.from({ length: count }, (_, n) => ['sendmsg', n + 1] as const);
/** In the broker: each of two connections begins with a hello. */
const removeSteps: readonly Step[] = [...sent(4), ['fdatasync', 1], ['unlink,unlinkat', 1], ['fsync', 1]];
/** In the broker: hello, look-up, and two answers for each of three values. */
const importSteps: readonly Step[] = [
  ...sent(8),
  ['fdatasync', 1],
  ['link,linkat', 1],
  ['unlink,unlinkat', 1],
  ['fsync', 1],
];
/** In the CLI: before a question, and before some answer is taken. */
const askingSteps = (count: number): readonly Step[] => [
  ...sent(count),
  ['recvmsg', count / 2],
  ['recvmsg', count],
];

type Victim = 'broker' | 'spawner' | 'CLI';

interface Blow {
  readonly who: Victim;
  readonly step: Step;
}

const describeBlow = ({ who, step: [calls, when] }: Blow) => `${who} at ${calls} ${when}`;

/** Runs the verb, and strikes whom it concerns at that step. The spawner has no steps of its own: it is struck when the broker is at one. */
async function runStruck(
  t: ExecutionContext,
  home: Home,
  args: readonly string[],
  { who, step: [calls, when] }: Blow,
): Promise<Ended> {
  t.is((await home.run(['init'])).code, 0);
  if (who === 'CLI') {
    const injection = `inject=${calls}:signal=KILL:when=${when}`;
    const prefix = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', injection];
    return await home.run(args, { prefix });
  }
  const { spawner, broker } = await daemonPids(home);
  const signal = who === 'broker' ? 'KILL' : 'STOP';
  const trap = await setTrap(t, { pid: broker, calls, when, signal });
  const verb = home.run(args);
  t.true(await trap.isSprung, describeBlow({ who, step: [calls, when] }));
  if (who === 'spawner') {
    // Before it goes on: every thread has a first call of its own.
    await trap.remove();
    process.kill(spawner, 'SIGKILL');
    process.kill(broker, 'SIGCONT');
  }
  await processEnd(broker);
  return await verb;
}

/**
 * In the words of the CLI; a CLI that was killed says nothing. A broker that has lost its spawner refuses what it was about to do:
 * its log is closing, or the pipe of a value is.
 */
const ending =
  /the daemon (ended|went away) before|no daemon answers|the audit log cannot be written|it was cut short/;

function requireSaid(t: ExecutionContext, ended: Ended, value: string): void {
  if (ended.code === 0 || ended.signal !== null) return;
  requireRefusal(t, ended, ending, value);
}

async function isStored(t: ExecutionContext, home: Home, service: string, value: string): Promise<boolean> {
  const found = await home.run(['read', service, '--unsafe-stdout']);
  if (found.code === 0) t.is(found.stdout.toString(), value, `${service} is whole`);
  else t.regex(found.stderr, new RegExp(`no credential named ${service} is stored`));
  return found.code === 0;
}

async function removals(home: Home, service: string): Promise<number> {
  const shown = await home.run(['audit', 'show', '--service', service, '--event', 'remove', '--json']);
  return shown.stdout.toString().split('\n').filter(Boolean).length;
}

/** The next daemon serves, the chain verifies, and nothing half-done is left when that one has ended. */
async function requireWhole(t: ExecutionContext, home: Home, canary: string, note: string): Promise<void> {
  await home.run(['stop']);
  await requireServing(t, home, canary, note);
  await home.run(['stop']);
  const names = readdirSync(join(home.directory, 'state/vault'));
  t.deepEqual(
    names.filter((name) => name.startsWith('.new')),
    [],
    note,
  );
}

async function removeStruck(t: ExecutionContext, home: Home, blow: Blow): Promise<void> {
  const value = createCanary();
  const note = describeBlow(blow);
  t.is((await home.run(['store', 'victim', '--replace', '--stdin'], { input: value })).code, 0);
  const before = await removals(home, 'victim');
  const ended = await runStruck(t, home, ['remove', 'victim', '--yes'], blow);
  requireSaid(t, ended, value);
  const isThere = await isStored(t, home, 'victim', value);
  if (ended.code === 0 || ended.stdout.includes('removed victim')) t.false(isThere, `${note}: acknowledged`);
  if (!isThere) t.is(await removals(home, 'victim'), before + 1, `${note}: no removal without its record`);
}

async function importStruck(t: ExecutionContext, home: Home, blow: Blow, round: number): Promise<void> {
  const value = createCanary();
  const file = join(home.directory, 'env');
  const services = ['a', 'b', 'c'].map((name) => `${name}${round}`);
  writeFileSync(file, services.map((name) => `${name.toUpperCase()}=${value}\n`).join(''), { mode: 0o600 });
  const ended = await runStruck(t, home, ['import', file, '--all'], blow);
  requireSaid(t, ended, value);
  const found: boolean[] = [];
  for (const service of services) {
    const isThere = await isStored(t, home, service, value);
    const isAcknowledged = ended.code === 0 || ended.stdout.includes(`stored ${service} from`);
    if (isAcknowledged) t.true(isThere, `${describeBlow(blow)}: ${service} is acknowledged`);
    found.push(isThere);
  }
  t.deepEqual(found, found.toSorted().reverse(), `${describeBlow(blow)}: in their order`);
}

const victims: readonly (readonly [Victim, readonly Step[], readonly Step[]])[] = [
  ['broker', removeSteps, importSteps],
  ['spawner', removeSteps, importSteps],
  ['CLI', askingSteps(4), askingSteps(8)],
];

for (const [who, whileRemoving, whileImporting] of victims) {
  withToolsAsRoot(
    ['strace'],
    `a removal whose ${who} is killed at any step is done with its record, or is not`,
    async (t) => {
      const home = createHome(t);
      const canary = createCanary();
      await home.store('demo', canary);
      for (const step of whileRemoving) {
        await removeStruck(t, home, { who, step });
        await requireWhole(t, home, canary, describeBlow({ who, step }));
      }
    },
  );

  withToolsAsRoot(
    ['strace'],
    `an import whose ${who} is killed at any step has stored what it said, and nothing by half`,
    async (t) => {
      const home = createHome(t);
      const canary = createCanary();
      await home.store('demo', canary);
      for (const [round, step] of whileImporting.entries()) {
        await importStruck(t, home, { who, step }, round);
        await requireWhole(t, home, canary, describeBlow({ who, step }));
      }
    },
  );
}
