import { readFileSync, writeFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { parseServiceName } from '../../src/core/ids.ts';
import type { Vault } from '../../src/vault/contract.ts';
import { holds } from '../support/properties.ts';
import { caught } from './support/refusals.ts';
import { demo, openAt, revealed, vaultWithDemo } from './support/test-vault.ts';

const files = { header: 'vault/header', key: 'vault/key', 'demo.cred': 'vault/demo.cred' } as const;
type Name = keyof typeof files;

type Change =
  | { readonly kind: 'byte'; readonly at: number; readonly by: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'longer'; readonly bytes: Uint8Array }
  | { readonly kind: 'insert' | 'drop'; readonly at: number }
  | { readonly kind: 'any'; readonly bytes: Uint8Array };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('byte'), at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ kind: fc.constant('cut'), at: fc.nat() }),
  fc.record({ kind: fc.constant('longer'), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
  fc.record({ kind: fc.constantFrom('insert', 'drop'), at: fc.nat() }),
  fc.record({ kind: fc.constant('any'), bytes: fc.uint8Array({ maxLength: 200 }) }),
);

function apply(original: Buffer, edit: Change): Buffer {
  const bytes = Buffer.from(original);
  switch (edit.kind) {
    case 'byte':
      bytes.writeUInt8(bytes.readUInt8(edit.at % bytes.length) ^ edit.by, edit.at % bytes.length);
      return bytes;
    case 'cut':
      return bytes.subarray(0, edit.at % bytes.length);
    case 'longer':
      return Buffer.concat([bytes, edit.bytes]);
    case 'any':
      return Buffer.from(edit.bytes);
    default: {
      const at = edit.at % bytes.length;
      const rest = bytes.subarray(edit.kind === 'drop' ? at + 1 : at);
      return Buffer.concat(
        [bytes.subarray(0, at), edit.kind === 'drop' ? '' : Buffer.from([0]), rest].map(Buffer.from),
      );
    }
  }
}

/** An entry that is refused is a row of the list, with its refusal. */
function requireSound(vault: Vault): void {
  for (const { refusal } of vault.list()) if (refusal !== undefined) throw refusal;
}

/** Everything that could open it, with a vault that has no memory of the file. */
function opens(directory: string): boolean {
  const vault = openAt(directory);
  const into = Buffer.alloc(21);
  const errors = [
    () => void vault.find(demo),
    () => void requireSound(vault),
    () => vault.reveal(demo, into),
  ].map(caught);
  for (const error of errors) {
    if (error === undefined) return true;
    if (error.code !== 'VAULT_CORRUPT' && error.code !== 'CREDENTIAL_CHANGED') throw error;
  }
  return !into.equals(Buffer.alloc(21));
}

async function neverOpens(t: ExecutionContext, name: Name): Promise<void> {
  const { directory, file } = await vaultWithDemo(t);
  const original = readFileSync(file(name));
  await holds(
    t,
    `vault-${name.replace('.', '-')}`,
    300,
    fc.property(change, (edit) => {
      const bytes = apply(original, edit);
      fc.pre(!bytes.equals(original));
      writeFileSync(file(name), bytes);
      return !opens(directory);
    }),
  );
}

test('a header that was changed in any way never opens', (t) => neverOpens(t, 'header'));
test('a key file that was changed in any way never opens', (t) => neverOpens(t, 'key'));
test('an entry that was changed in any way never opens', (t) => neverOpens(t, 'demo.cred'));

test('whatever the name and the value, what is stored comes back byte for byte', async (t) => {
  const { vault, directory } = await vaultWithDemo(t);
  const service = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/).map(parseServiceName);
  const value = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 100 }),
    fc
      .integer({ min: 1, max: 65_535 })
      .map((byteLength) => new Uint8Array(byteLength).fill(byteLength & 255)),
  );
  await holds(
    t,
    'vault-round-trip',
    80,
    fc.asyncProperty(service, value, async (name, bytes) => {
      await vault.store(name, bytes, { replace: true });
      const fresh = openAt(directory);
      return revealed(fresh, name).equals(bytes) && fresh.find(name)?.byteLength === bytes.length;
    }),
  );
});
