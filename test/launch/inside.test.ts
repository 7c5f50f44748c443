/** Being inside a session only takes away: what an agent may not ask its own daemon for. */
import test from 'ava';
import { createHome, type Ended, type Home } from '../support/daemon.ts';

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

test('answers status and ps inside a session', async (t) => {
  const home = createHome(t);
  for (const verb of ['status', 'ps']) t.is((await inside(home, '"$@"', [verb])).code, 0, verb);
});
