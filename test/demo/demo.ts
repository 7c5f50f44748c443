/** `npm run demo`: one credential goes in, one agent gets it, and it is looked for everywhere else. Ends with 1 if any check is wrong. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditEvent } from '../support/audit-event.ts';
import { createCanary } from '../support/canary.ts';
import { findProcess } from '../support/processes.ts';
import { root } from '../support/source-tree.ts';
import { type Checks, createChecks } from './checks.ts';
import { drawForest, type NamedProcess } from './forest.ts';
import { describeSearch, type Search, searchAgent, searchMemory } from './memory-search.ts';
import { createTerminal, type Started, type Terminal } from './terminal.ts';

interface Demo extends Pick<Checks, 'check' | 'goOn'> {
  readonly terminal: Terminal;
  readonly home: string;
  readonly value: string;
}

/** Below these a search has missed its process: a Node program has tens of megabytes, a C program some pages. */
const leastBytes: Readonly<Record<string, number>> = { broker: 20e6 };
const leastBytesOfAny = 4096;

function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

async function storeValue({ terminal, value, check }: Demo): Promise<void> {
  terminal.say('\n1. A credential goes into the vault: a random text, made for this demo and shown nowhere;');
  terminal.say('   store reads it from its standard input\n');
  check('init makes a vault', (await terminal.type('agentkeys init')).code === 0);
  const stored = await terminal.type('agentkeys store demo --stdin', { input: value });
  check('store takes the value', stored.code === 0);
}

async function startAgent({ terminal, value, check }: Demo): Promise<Started> {
  terminal.say('\n2. An agent gets it: profiles/demo.toml grants it as DEMO_API_KEY\n');
  const client = terminal.start('agentkeys run -p demo -- node test/fixtures/agents/fingerprint.ts');
  const seen = await client.readLine();
  check('the agent is ready', (await client.readLine()) === 'ready');
  const stored = (await terminal.type('agentkeys read demo --unsafe-stdout | sha256sum')).text.split(' ')[0];
  terminal.say(`\nthe agent received  ${seen}\nthe vault holds     ${stored}`);
  check('the agent received what is stored', seen === stored);
  check('it is what this demo made', seen === fingerprint(value));
  return client;
}

async function showProcesses({ terminal, check }: Demo, client: Started): Promise<NamedProcess[]> {
  terminal.say('\n3. Who runs: five processes, each with its own part\n');
  const status = parseObject((await terminal.type('agentkeys status --json', { isQuiet: true })).text);
  const rows = (await terminal.type('agentkeys ps --json', { isQuiet: true })).text;
  const [session] = JSON.parse(rows === '' ? '[]' : rows);
  const processes: NamedProcess[] = [
    { role: 'spawner', pid: readPid(status.spawner) },
    { role: 'broker', pid: readPid(status.broker) },
    { role: 'monitor', pid: readPid(session?.monitor) },
    { role: 'agent', pid: readPid(session) },
    { role: 'client', pid: client.pid },
  ];
  for (const line of drawForest(processes)) terminal.say(line);
  const [spawner, broker, monitor, agent] = processes.map(({ pid }) => findProcess(pid));
  check('five processes run', new Set(processes.map(({ pid }) => pid)).size === 5);
  check('the spawner is the parent of the broker', broker?.parent === spawner?.pid);
  check('the spawner is the parent of the monitor', monitor?.parent === spawner?.pid);
  check('the monitor is the parent of the agent', agent?.parent === monitor?.pid);
  terminal.say('');
  const listed = (await terminal.type('agentkeys ps')).text;
  check('ps lists the session with its grant', /^demo .* DEMO_API_KEY=demo\(E\)$/m.test(listed));
  return processes;
}

interface Verdict {
  readonly searched: number;
  readonly refused: number;
}

function searchAll({ terminal, value, check }: Demo, processes: readonly NamedProcess[]): Verdict {
  terminal.say(
    '\n4. Who holds the value: the memory of each process, searched from outside for the text itself',
  );
  terminal.say('   and for its base64, hexadecimal and UTF-16 forms\n');
  const verdict = { searched: 0, refused: 0 };
  for (const { role, pid } of processes) {
    const search = role === 'agent' ? searchAgent(pid, value) : searchMemory(pid, value);
    const note = role === 'agent' ? ' (as it must: the value was given to it)' : '';
    terminal.say(`${role.padEnd(8)} ${describeSearch(search)}${note}`);
    judgeSearch({ role, search, check });
    if (role !== 'agent') verdict[search.kind]++;
  }
  return verdict;
}

function judgeSearch({
  role,
  search,
  check,
}: { readonly role: string; readonly search: Search } & Pick<Demo, 'check'>): void {
  if (search.kind === 'refused') {
    // Their memory is closed to whoever is not root; the client is an ordinary process of the caller.
    check(`the kernel keeps others out of the ${role}`, role !== 'client');
    return;
  }
  const least = search.where === 'memory' ? (leastBytes[role] ?? leastBytesOfAny) : 1;
  check(`the ${role} was searched`, search.bytes >= least);
  if (role === 'agent') check('the search finds the value where it is', search.finds > 0);
  else check(`the ${role} does not hold the value`, search.finds === 0);
}

async function showRecord({ terminal, home, value, check }: Demo, client: Started): Promise<void> {
  terminal.say('\n5. What was written down\n');
  check('the agent ends well', (await client.finish()) === 0);
  await auditEvent({ directory: home }, 'exit');
  const { text } = await terminal.type('agentkeys audit tail');
  const at = (event: string) => text.search(new RegExp(`^\\d+ \\S+ ${event} .*agent_id=demo`, 'm'));
  check('the grant stands before the start', at('grant') >= 0 && at('grant') < at('exec'));
  check('the value is in no record', !text.includes(value));
  check('the record is whole', (await terminal.type('agentkeys audit verify')).code === 0);
}

async function runDemo(demo: Demo): Promise<Verdict> {
  const { terminal, home, check, goOn } = demo;
  terminal.say(`$ export AGENTKEYS_HOME=${home} PATH="$PWD/bin:$PWD/node_modules/.bin:$PATH"`);
  await storeValue(demo);
  goOn();
  const client = await startAgent(demo);
  goOn();
  const processes = await showProcesses(demo, client);
  goOn();
  const verdict = searchAll(demo, processes);
  await showRecord(demo, client);
  terminal.say('');
  check('the daemon stops', (await terminal.type('agentkeys stop')).code === 0);
  const answered = await terminal.type('agentkeys status 2>&1', { isQuiet: true });
  check('no daemon answers any more', answered.code === 69);
  const agent = processes.find(({ role }) => role === 'agent');
  check('the agent is gone', findProcess(agent?.pid ?? 0) === undefined);
  return verdict;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text === '' ? '{}' : text);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function readPid(value: unknown): number {
  const pid = typeof value === 'object' && value !== null && 'pid' in value ? value.pid : undefined;
  return typeof pid === 'number' ? pid : 0;
}

function conclude({ searched, refused }: Verdict): string {
  const others = searched === 1 ? 'process that was searched does' : 'processes that were searched do';
  const closed =
    refused === 0 ? '' : `; the kernel keeps the other ${refused} closed to uid ${process.getuid?.()}`;
  return `the agent holds the value, the ${searched} other ${others} not${closed}`;
}

/** The daemon is stopped and the home removed, whatever happens. */
function createHome(): { home: string; environment: NodeJS.ProcessEnv; leave: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'ak-demo-'));
  const path = [join(root, 'bin'), join(root, 'node_modules/.bin'), process.env.PATH].join(':');
  const environment = { ...process.env, AGENTKEYS_HOME: home, PATH: path };
  const leave = (): void => {
    spawnSync(join(root, 'bin/agentkeys'), ['stop'], { env: environment, stdio: 'ignore' });
    rmSync(home, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      leave();
      process.exit(1);
    });
  return { home, environment, leave };
}

async function main(): Promise<number> {
  if (!existsSync(join(root, 'bin/agentkeys'))) {
    process.stderr.write('agentkeys is not built yet: npm ci builds it\n');
    return 1;
  }
  const { home, environment, leave } = createHome();
  const terminal = createTerminal(environment);
  const checks = createChecks(terminal.say);
  let conclusion = '';
  try {
    conclusion = conclude(await runDemo({ terminal, home, value: createCanary(), ...checks }));
  } catch (error) {
    checks.catch(error);
  } finally {
    await terminal.hangUp();
    leave();
  }
  terminal.say(`\n${checks.summarise(conclusion)}`);
  return checks.hasFailed ? 1 : 0;
}

process.exitCode = await main();
