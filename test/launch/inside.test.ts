/** Being inside a session only takes away: what an agent may not ask its own daemon for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createHome, type Ended, firstLine, type Home } from '../support/daemon.ts';

/** Ways in which an agent's process may try to look like one of the operator. */
const disguises: readonly [string, string][] = [
  ['the agent itself', '"$@"'],
  ['a grandchild in a session of its own', 'setsid --wait "$@"'],
  [
    'an orphan',
    '(("$@" >out 2>err; echo $? >code; echo done >fifo) &) ; read _ <fifo; cat out; cat err >&2; exit $(cat code)',
  ],
];

const requests: readonly [string, readonly string[]][] = [
  ['read', ['read', 'demo', '--unsafe-stdout']],
  ['store', ['store', 'demo', '--replace', '--stdin']],
  ['list', ['list']],
  ['remove', ['remove', 'demo', '--yes']],
  ['init', ['init']],
  ['stop', ['stop']],
  ['run', ['run', '--', 'true']],
  ['run with a credential', ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']],
];

async function inside(home: Home, script: string, args: readonly string[]): Promise<Ended> {
  const setUp = `cd "$AGENTKEYS_HOME" && mkfifo fifo 2>/dev/null; ${script}`;
  return await home.run(['run', '--', 'sh', '-c', setUp, 'sh', home.client, ...args], { input: 'stolen' });
}

for (const [who, script] of disguises) {
  test(`refuses what an operator may ask to ${who}`, async (t) => {
    const home = createHome(t);
    await home.store('demo', 'value');
    for (const [name, args] of requests) {
      const ended = await inside(home, script, args);
      t.true([77, 125].includes(ended.code ?? 0), `${name}: ${ended.code} ${ended.stderr}`);
      t.is(ended.stdout.toString(), '', name);
      t.regex(ended.stderr, /not allowed|refused the request/, name);
    }
    // The allowed twin: outside, all of it works, and nothing has changed meanwhile.
    t.is((await home.run(['read', 'demo', '--unsafe-stdout'])).stdout.toString(), 'value');
  });
}

test('answers status inside a session, and ps with that session alone', async (t) => {
  const home = createHome(t);
  const other = home.start(['run', '--agent-id', 'other', '--', 'sh', '-c', 'echo; read _']);
  await firstLine(other);
  t.is((await inside(home, '"$@"', ['status'])).code, 0);
  const rows = JSON.parse((await inside(home, '"$@"', ['ps', '--json'])).stdout.toString());
  t.deepEqual(
    rows.map(({ agent_id }: { agent_id: string }) => agent_id),
    ['default'],
  );
  t.is(
    JSON.parse((await home.run(['ps', '--json'])).stdout.toString()).length,
    1,
    'outside the other one is seen',
  );
});

test('writes down what was refused inside a session', async (t) => {
  const home = createHome(t);
  await home.daemon();
  await home.run(['status']);
  for (const args of [['stop'], ['run', '--', 'true']]) {
    const recorded = auditEvent(home, 'refuse', args.length > 1 ? 1 : 0);
    await inside(home, '"$@"', args);
    await recorded;
  }
  t.pass();
});

test('a session that outlived its daemon is still inside for the next one', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  const script =
    'echo ready; read _; "$0" read demo --unsafe-stdout >"$1/out" 2>"$1/err"; echo $? >"$1/code"';
  const client = home.start(['run', '--', 'sh', '-c', script, home.client, home.directory]);
  await firstLine(client);
  await home.run(['stop']);
  await home.daemon();
  const ended = new Promise((resolve) => client.once('exit', resolve));
  client.stdin?.end('go\n');
  await ended;
  const told = ['out', 'code'].map((name) => readFileSync(join(home.directory, name), 'utf8').trim());
  t.deepEqual(told, ['', '77']);
});
