import test, { type ExecutionContext } from 'ava';
import { createRemoveHandler } from '../../../src/broker/requests/remove.ts';
import { AgentKeysError } from '../../../src/core/errors.ts';
import { openBox } from '../../support/broker-box.ts';
import { createValueParts, type ValueParts } from '../../support/value-parts.ts';

async function ask(t: ExecutionContext, parts: ValueParts): Promise<object> {
  const box = await openBox(t, { handlers: { remove: createRemoveHandler(parts) } });
  const client = await box.greet();
  await client.say({ id: 1, verb: 'remove', body: { service: 'demo' } });
  return (await client.hear()).message;
}

test('a removal is written down before the value goes', async (t) => {
  const parts = createValueParts();
  parts.values.set('demo', Buffer.from('value'));
  parts.audited = async () => {
    t.true(parts.values.has('demo'));
  };
  t.deepEqual(await ask(t, parts), { id: 1, ok: { removed: true } });
  t.false(parts.values.has('demo'));
  t.like(parts.events, [{ event: 'remove', service: 'demo', pid: process.pid, uid: process.getuid?.() }]);
});

test('a removal that cannot be written down is refused', async (t) => {
  const parts = createValueParts();
  parts.values.set('demo', Buffer.from('value'));
  parts.audited = async () => {
    throw new AgentKeysError('AUDIT_UNAVAILABLE');
  };
  t.like(await ask(t, parts), { error: { code: 'AUDIT_UNAVAILABLE' } });
  t.true(parts.values.has('demo'));
});

test('what is not stored cannot be removed, and is not written down', async (t) => {
  const parts = createValueParts();
  t.like(await ask(t, parts), { error: { code: 'CREDENTIAL_MISSING', exit: 1 } });
  t.deepEqual(parts.events, []);
});

test('a removal that fails after its record is set right in the record', async (t) => {
  const parts = createValueParts();
  const vault: ValueParts['vault'] = {
    ...parts.vault,
    async remove(_, recorded) {
      await recorded();
      throw new AgentKeysError('VAULT_UNWRITABLE', { rule: 'i/o error' });
    },
  };
  t.like(await ask(t, { ...parts, vault }), { error: { code: 'VAULT_UNWRITABLE' } });
  t.like(parts.events, [{ event: 'remove' }, { event: 'refuse', service: 'demo', code: 'VAULT_UNWRITABLE' }]);
});

test('what failed is told, also where that cannot be written down', async (t) => {
  const parts = createValueParts();
  const vault: ValueParts['vault'] = {
    ...parts.vault,
    async remove(_, recorded) {
      await recorded();
      parts.audited = async () => {
        throw new AgentKeysError('AUDIT_UNAVAILABLE');
      };
      throw new AgentKeysError('VAULT_UNWRITABLE', { rule: 'i/o error' });
    },
  };
  t.like(await ask(t, { ...parts, vault }), { error: { code: 'VAULT_UNWRITABLE' } });
});
