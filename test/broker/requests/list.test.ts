import test from 'ava';
import { createListHandler } from '../../../src/broker/requests/list.ts';
import { parseServiceName } from '../../../src/core/ids.ts';
import type { ListedCredential } from '../../../src/vault/contract.ts';
import { openBox } from '../../support/broker-box.ts';

const listed = (index: number, updatedMs = 0): ListedCredential => ({
  service: parseServiceName(`${String(index).padStart(5, '0')}${'x'.repeat(59)}`),
  facts: { version: 1, updatedMs, byteLength: 1 },
});

for (const count of [0, 1, 200, 201, 1000]) {
  test(`${count} credentials come in pages, each once, and no more is looked at than a page needs`, async (t) => {
    const all = Array.from({ length: count }, (_, index) => listed(index));
    let looked = 0;
    function* list(after?: string): Generator<ListedCredential> {
      for (const row of all) {
        if (after !== undefined && row.service <= after) continue;
        looked++;
        yield row;
      }
    }
    const client = await (
      await openBox(t, { handlers: { list: createListHandler({ vault: { list } }) } })
    ).greet();
    const seen: string[] = [];
    for (let after: string | undefined, id = 1; ; id++) {
      await client.say({ id, verb: 'list', body: after === undefined ? {} : { after } });
      const { message } = await client.hear();
      const { credentials, next } = message.ok as { credentials: { service: string }[]; next?: string };
      t.true(looked <= id * 201);
      seen.push(...credentials.map(({ service }) => service));
      if (next === undefined) break;
      after = next;
    }
    t.deepEqual(
      seen,
      all.map(({ service }) => service),
    );
  });
}

test('a time that no calendar has is no time', async (t) => {
  const vault = { list: () => [listed(1, Number.MAX_SAFE_INTEGER)] };
  const client = await (await openBox(t, { handlers: { list: createListHandler({ vault }) } })).greet();
  await client.say({ id: 1, verb: 'list', body: {} });
  t.like((await client.hear()).message, { ok: { credentials: [{ version: 1, updated: null }] } });
});
