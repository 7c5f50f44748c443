import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import test from 'ava';
import { createBackends } from '../../src/backends/index.ts';
import type { Handlers } from '../../src/broker/exchange.ts';
import { createListHandler } from '../../src/broker/requests/list.ts';
import { createLookUpHandler } from '../../src/broker/requests/look-up.ts';
import { createPsHandler } from '../../src/broker/requests/ps.ts';
import { createReadHandler } from '../../src/broker/requests/read.ts';
import { createRemoveHandler } from '../../src/broker/requests/remove.ts';
import { createStopHandler } from '../../src/broker/requests/stop.ts';
import { createStoreHandler } from '../../src/broker/requests/store.ts';
import { AgentKeysError } from '../../src/core/errors.ts';
import { parseServiceName } from '../../src/core/ids.ts';
import { encodeFrame } from '../../src/protocol/frames.ts';
import { openBox } from '../support/broker-box.ts';
import { createValueParts } from '../support/value-parts.ts';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```frames\n(.*?)^```$/gms)].map(([, block = '']) =>
  block.trimEnd().split('\n'),
);
const hello = blocks[0]?.[0] ?? '';

const toBytes = (line: string): Buffer =>
  Buffer.concat([Buffer.from(line.slice(2, 20).replaceAll(' ', ''), 'hex'), Buffer.from(line.slice(21))]);
const countOf = (line: string): number => Number.parseInt(line.slice(11, 15), 16);

const listed = [
  {
    service: parseServiceName('demo'),
    facts: { version: 2, updatedMs: Date.parse('2026-11-22T10:00:00.000Z'), byteLength: 26 },
    lastUsedMs: Date.parse('2026-11-22T11:30:00.000Z'),
  },
  {
    service: parseServiceName('openai'),
    refusal: new AgentKeysError('VAULT_CORRUPT', { file: 'vault/openai.cred', rule: 'its size is wrong' }),
  },
];

/** Handlers whose world is the one of the examples. */
function createHandlers() {
  const parts = createValueParts();
  parts.values.set('demo', Buffer.alloc(26, 'x'));
  const row = {
    agent_id: 'claude',
    session: '00112233445566aa',
    profile: 'claude',
    pid: 4711,
    monitor: { pid: 4710 },
    state: 'running',
    started: '2026-11-22T10:00:00.000Z',
    credentials: [{ name: 'ANTHROPIC_API_KEY', service: 'anthropic', delivery: 'env', grade: 'E' }],
  };
  const status = {
    version: '0.1.0',
    mode: 'user',
    broker: { pid: 4242 },
    spawner: { pid: 4241 },
    vault: { locked: false, present: true, state: 'unlocked' },
    sessions: 1,
    hardening: 'ok',
    since: '2026-11-22T10:00:00.000Z',
    memory: 'secretmem',
    audit: { durability: 'sync' },
    home: {
      config: '/home/alice/.config/agentkeys',
      state: '/home/alice/.local/state/agentkeys',
      run: '/run/user/1000/agentkeys',
      socket: '/run/user/1000/agentkeys/agentkeys.sock',
    },
  } as const;
  // A second session that goes away between the pages.
  let pages = 0;
  const sessions = () => {
    pages++;
    const large = Array.from(
      { length: 800 },
      () => row.credentials[0] ?? { name: '', service: '', delivery: '', grade: '' },
    );
    return pages === 1 ? [row, { ...row, session: '00112233445566ab', credentials: large }] : [row];
  };
  return {
    parts,
    handlers: {
      init: (exchange) => exchange.answer('init', { identity: 'ak-0123456789abcdef', created: true }),
      launch: (exchange) => exchange.answer('launch', {}),
      list: createListHandler({ vault: { list: (after) => (after === undefined ? listed : []) } }),
      'look-up': createLookUpHandler({ backends: createBackends({ vault: parts.vault }) }),
      ps: createPsHandler({ sessions }),
      read: createReadHandler(parts),
      remove: createRemoveHandler(parts),
      status: (exchange) => exchange.answer('status', status),
      stop: createStopHandler({ audit: parts.audit, beginStop: () => {} }),
      store: createStoreHandler(parts),
    } satisfies Partial<Handlers>,
  };
}

for (const [index, lines] of blocks.entries()) {
  test(`the broker speaks as the page shows it, conversation ${index + 1}: ${lines[0]?.slice(21, 70)}`, async (t) => {
    const { parts, handlers } = createHandlers();
    if (lines.some((line) => line.includes('"version":1'))) parts.values.clear();
    const box = await openBox(t, { handlers });
    const client = box.connect();
    const script = lines[0]?.includes('"hello"') ? lines : [hello, blocks[0]?.[1] ?? '', ...lines];
    for (const line of script) {
      if (line.startsWith('C')) {
        const descriptors = Array.from({ length: countOf(line) }, () => openSync('/dev/null', 'r'));
        t.true(client.write(toBytes(line), descriptors));
        for (const descriptor of descriptors) closeSync(descriptor);
        continue;
      }
      const { message, descriptors } = await client.hear();
      t.deepEqual(encodeFrame(message, descriptors.length), toBytes(line));
      for (const descriptor of descriptors) {
        if (line.includes('"pipe"')) {
          writeSync(descriptor, 'some value');
          closeSync(descriptor);
        } else t.teardown(() => closeSync(descriptor));
      }
    }
  });
}
