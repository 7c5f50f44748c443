/**
 * Writes the files of this folder again: `node test/vectors/vault/make-vectors.ts`. Fixed keys and nonces, and none of the vault's
 * code, so that a change of the vault cannot change what it is measured by.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { entryCases } from './entry-cases.ts';
import { headerCases } from './header-cases.ts';
import { entry, fixed, header } from './parts.ts';
import type { VaultVector, VectorCase } from './vector.ts';

function vectorOf(one: VectorCase): VaultVector {
  const service = one.service ?? 'demo';
  const opens = {
    version: one.version ?? fixed.version,
    updatedMs: Number(one.updatedMs ?? fixed.updatedMs),
    sha256: createHash('sha256').update(fixed.value).digest('hex'),
  };
  const refused = one.header === undefined ? `vault/${service}.cred` : 'vault/header';
  return {
    title: one.title,
    service,
    key: fixed.keyFile.toString('hex'),
    header: (one.header ?? header()).toString('hex'),
    entry: (one.entry ?? entry()).toString('hex'),
    expect: one.rule === undefined ? { opens } : { refused, rule: one.rule },
  };
}

for (const one of [...headerCases, ...entryCases]) {
  const name = one.title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(vectorOf(one), null, 2)}\n`);
}
