import test, { type ExecutionContext } from 'ava';
import type { Backend } from '../../../src/backends/backend.ts';
import { createLookUpHandler } from '../../../src/broker/requests/look-up.ts';
import { AgentKeysError, type ErrorCode } from '../../../src/core/errors.ts';
import { lookUpRequest, maxLookUps } from '../../../src/protocol/requests/look-up.ts';
import { openBox } from '../../support/broker-box.ts';

async function ask(t: ExecutionContext, references: readonly string[], measure: Backend['measure']) {
  const backends = [{ name: 'vault', measure, revealInto: async () => t.fail('nothing is revealed') }];
  const box = await openBox(t, { handlers: { 'look-up': createLookUpHandler({ backends }) } });
  const client = await box.greet();
  await client.say({ id: 1, verb: 'look-up', body: { references } });
  return (await client.hear()).message;
}

test('each reference gets its state, in the order of the question', async (t) => {
  const expected = {
    'vault:demo': 'stored',
    'vault:absent': 'missing',
    'openbao:secret/ai#key': 'unknown',
    'vault:': 'invalid',
    'vault:No Name': 'invalid',
    [`${'b'.repeat(32)}:x`]: 'unknown',
    [`${'b'.repeat(33)}:x`]: 'invalid',
    'no reference': 'invalid',
    '': 'invalid',
    'Upper:case': 'invalid',
  };
  const message = await ask(t, Object.keys(expected), async (path) => (path === 'demo' ? 5 : undefined));
  const rows = Object.entries(expected).map(([reference, state]) => ({ reference, state }));
  t.deepEqual(message, { id: 1, ok: { rows } });
});

const failures: readonly (readonly [ErrorCode, string])[] = [
  ['VAULT_ABSENT', 'missing'],
  ['VAULT_CORRUPT', 'stored'],
  ['STATE_UNSAFE', 'stored'],
];

for (const [code, state] of failures) {
  test(`where the vault says ${code} the reference is ${state}`, async (t) => {
    const message = await ask(t, ['vault:demo'], async () => {
      throw new AgentKeysError(code, { file: 'vault/demo.cred', rule: 'damaged' });
    });
    t.like(message, { ok: { rows: [{ state }] } });
  });
}

test('any other failure is told', async (t) => {
  const message = await ask(t, ['vault:demo'], async () => {
    throw new AgentKeysError('SECRET_MEMORY');
  });
  t.like(message, { error: { code: 'SECRET_MEMORY' } });
});

test('whatever fits in a request has an answer that fits in a frame', async (t) => {
  const references = Array.from({ length: maxLookUps }, () => 'x'.repeat(1014));
  t.true(JSON.stringify(references).length > lookUpRequest.maxBytes);
  const { error } = (await ask(t, references, async () => 1)) as { error: { message: string } };
  t.regex(error.message, /look-up takes at most/);
  const fewer = references.map((reference) => reference.slice(0, 980));
  const rows = fewer.map((reference) => ({ reference, state: 'invalid' }));
  t.deepEqual(await ask(t, fewer, async () => 1), { id: 1, ok: { rows } });
});

test('more references than a request may have are refused', async (t) => {
  const message = await ask(t, Array(maxLookUps + 1).fill('vault:demo'), async () => 1);
  t.like(message, { error: { code: 'PROTOCOL_INVALID' } });
});
