/** Nobody but the agent holds the value: looked at from this process, as root, through procfs. */
import { spawn } from 'node:child_process';
import type { ExecutionContext } from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createCanary, scanProcess } from '../support/canary.ts';
import { createHome, firstLine, type Home } from '../support/daemon.ts';
import { createFullPipe } from '../support/full-pipe.ts';
import { secretMappings } from '../support/process-facts.ts';
import { childrenOf, findProcess } from '../support/processes.ts';
import { asRoot } from '../support/root.ts';

/** What the launch path may at most have been loaded with: below it the scan has missed a process. */
const leastBrokerBytes = 20e6;

interface Cast {
  readonly broker: number;
  readonly spawner: number;
  readonly monitor: number;
  readonly client: number;
  readonly agent: number;
}

async function startSleeper(home: Home): Promise<Cast> {
  const client = home.start(['run', '--with', 'demo', '--', 'sh', '-c', 'echo $$; read _']);
  const agent = Number(await firstLine(client));
  const monitor = findProcess(agent)?.parent ?? 0;
  const spawner = findProcess(monitor)?.parent ?? 0;
  const broker = childrenOf(spawner).find(({ commandLine }) => commandLine.includes('broker.js'))?.pid ?? 0;
  return { agent, monitor, spawner, broker, client: client.pid ?? 0 };
}

function requireClean(t: ExecutionContext, cast: Cast, value: string): void {
  for (const [name, pid] of Object.entries(cast)) {
    const { finds, bytes } = scanProcess(pid, value);
    t.log(`${name}: ${bytes} bytes searched, ${finds} finds`);
    // The positive control: the same search finds the value where it has to be.
    if (name === 'agent') t.true(finds > 0, 'the agent has the value');
    else t.is(finds, 0, `${name} holds the value`);
    t.true(bytes > (name === 'broker' ? leastBrokerBytes : 4096), `${name} was searched`);
  }
}

for (const memory of ['secret', 'fallback'] as const) {
  asRoot(`nobody but the agent holds the value, with ${memory} memory`, async (t) => {
    const home = createHome(t);
    const value = createCanary();
    await home.daemon(memory === 'fallback' ? ['--memory=fallback'] : []);
    await home.store('demo', value);
    const status = JSON.parse((await home.run(['status', '--json'])).stdout.toString());
    t.is(status.hardening, memory === 'fallback' ? 'degraded' : 'ok');
    requireClean(t, await startSleeper(home), value);
    t.is((await home.run(['read', 'demo', '--unsafe-stdout'])).stdout.toString(), value);
    for (let round = 0; round < 100; round++) await home.run(['run', '--with', 'demo', '--', 'true']);
    const cast = await startSleeper(home);
    requireClean(t, cast, value);
    const kinds = secretMappings(cast.broker).map(({ name }) => name);
    t.is(kinds.length, 1, 'the arena is the only region left');
    t.regex(kinds[0] ?? '', memory === 'fallback' ? /memfd:agentkeys/ : /secretmem/);
  });
}

for (const verb of ['store', 'read'] as const) {
  asRoot(`the CLI never holds the value that it is asked to ${verb}`, async (t) => {
    const home = createHome(t);
    const value = createCanary();
    await home.store('demo', verb === 'read' ? value : 'another');
    // Its output is full already, so that it stands still once the value has passed.
    const { writeEnd } = createFullPipe(t, home.directory);
    const recorded = auditEvent(home, verb === 'read' ? 'deliver' : 'store', verb === 'read' ? 0 : 1);
    const flag = verb === 'read' ? ['--unsafe-stdout'] : ['--replace', '--stdin'];
    const cli = spawn(home.client, [verb, 'demo', ...flag], {
      env: home.environment,
      stdio: ['pipe', writeEnd, 'inherit'],
    });
    t.teardown(() => cli.kill('SIGKILL'));
    cli.stdin?.end(verb === 'store' ? value : '');
    await recorded;
    const { finds, bytes } = scanProcess(cli.pid ?? 0, value);
    t.log(`cli: ${bytes} bytes searched, ${finds} finds`);
    t.is(finds, 0);
    t.true(bytes > leastBrokerBytes);
    t.is(findProcess(cli.pid ?? 0)?.commandLine.includes('cli.js'), true, 'it was there to be searched');
  });
}
