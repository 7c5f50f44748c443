import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parseServiceName } from '../../src/core/ids.ts';
import { corruptRules } from '../../src/vault/rules.ts';
import type { VaultVector } from '../vectors/vault/vector.ts';
import { assertRefused } from './support/refusals.ts';
import { openAt, revealed, vaultDirectory } from './support/test-vault.ts';

const folder = new URL('../vectors/vault/', import.meta.url);
const vectors: VaultVector[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

const opensOrRefuses = test.macro<[VaultVector]>({
  exec: (t, vector: VaultVector) => {
    const directory = vaultDirectory(t);
    mkdirSync(directory, { mode: 0o700 });
    const files = { header: vector.header, key: vector.key, [`${vector.service}.cred`]: vector.entry };
    for (const [name, hex] of Object.entries(files)) {
      writeFileSync(join(directory, name), Buffer.from(hex, 'hex'), { mode: 0o600 });
    }
    const vault = openAt(directory);
    const service = parseServiceName(vector.service);
    if ('refused' in vector.expect) {
      const { refused, rule } = vector.expect;
      assertRefused(t, () => vault.find(service), { code: 'VAULT_CORRUPT', file: refused, rule });
      return;
    }
    const { sha256, ...facts } = vector.expect.opens;
    t.like(vault.find(service), facts);
    t.is(createHash('sha256').update(revealed(vault, service)).digest('hex'), sha256);
  },
  title: (_, vector) => `vector: ${vector.title}`,
});

for (const vector of vectors) test(opensOrRefuses, vector);

test('there are enough vectors, and one for every rule about the bytes of a file', (t) => {
  t.true(vectors.length >= 60);
  const met = new Set(vectors.map(({ expect }) => ('rule' in expect ? expect.rule : 'opens')));
  const { keyMissing, headerMissing, ...byContent } = corruptRules;
  t.deepEqual([...met].sort(), ['opens', ...Object.values(byContent)].sort());
  t.truthy(keyMissing && headerMissing);
});
