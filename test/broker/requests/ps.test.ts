import test from 'ava';
import { createInitHandler } from '../../../src/broker/requests/init.ts';
import { createPsHandler } from '../../../src/broker/requests/ps.ts';
import { createStopHandler } from '../../../src/broker/requests/stop.ts';
import { AgentKeysError } from '../../../src/core/errors.ts';
import { openBox } from '../../support/broker-box.ts';

const row = (index: number) => ({
  agent_id: `agent-${index}`,
  session: index.toString(16).padStart(16, '0'),
  profile: 'demo',
  pid: 100 + index,
  monitor: { pid: 90 },
  state: 'running',
  started: '2026-11-22T10:00:00.000Z',
  credentials: [{ name: 'DEMO_API_KEY', service: 'demo', delivery: 'env', grade: 'E' }],
});

for (const count of [0, 1, 1500]) {
  test(`${count} sessions come in pages, each once`, async (t) => {
    const rows = Array.from({ length: count }, (_, index) => row(index + 1)).reverse();
    const client = await (
      await openBox(t, { handlers: { ps: createPsHandler({ sessions: () => rows }) } })
    ).greet();
    const seen: string[] = [];
    for (let after: string | undefined, id = 1; ; id++) {
      await client.say({ id, verb: 'ps', body: after === undefined ? {} : { after } });
      const { message } = await client.hear();
      const { sessions, next } = message.ok as { sessions: { session: string }[]; next?: string };
      seen.push(...sessions.map(({ session }) => session));
      if (next === undefined) break;
      after = next;
    }
    t.deepEqual(seen, rows.map(({ session }) => session).toSorted());
  });
}

test('a daemon that stops answers first, also when it cannot write that down', async (t) => {
  const order: string[] = [];
  const stop = createStopHandler({
    audit: {
      append: async ({ event }) => {
        order.push(event);
        throw new AgentKeysError('AUDIT_UNAVAILABLE');
      },
    },
    beginStop: () => order.push('begin'),
  });
  const client = await (await openBox(t, { handlers: { stop } })).greet();
  await client.say({ id: 1, verb: 'stop', body: {} });
  t.deepEqual((await client.hear()).message, { id: 1, ok: { stopping: true } });
  await client.say({ id: 2, verb: 'status', body: {} });
  await client.hear();
  t.deepEqual(order, ['stop', 'begin']);
});

test('init is written down when it made something', async (t) => {
  const events: string[] = [];
  let created = true;
  const init = createInitHandler({
    vault: { initialise: async () => ({ identity: 'ak-0123456789abcdef', created }) },
    audit: { append: async ({ event }) => void events.push(event) },
  });
  const client = await (await openBox(t, { handlers: { init } })).greet();
  for (const id of [1, 2]) {
    await client.say({ id, verb: 'init', body: {} });
    t.deepEqual((await client.hear()).message, { id, ok: { identity: 'ak-0123456789abcdef', created } });
    created = false;
  }
  t.deepEqual(events, ['init']);
});
