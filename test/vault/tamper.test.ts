import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { corruptRules } from '../../src/vault/rules.ts';
import { assertRefused } from './support/refusals.ts';
import {
  canary,
  copyOf,
  demo,
  openAt,
  other,
  revealed,
  snapshot,
  vaultWithDemo,
} from './support/test-vault.ts';

/** Every content that differs from `original` by one bit, a missing end, or an added one. */
function* damaged(original: Buffer): Generator<[string, Buffer]> {
  for (let bit = 0; bit < original.length * 8; bit += 1) {
    const bytes = Buffer.from(original);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield [`bit ${bit}`, bytes];
  }
  for (let length = 0; length < original.length; length += 1)
    yield [`cut at ${length}`, original.subarray(0, length)];
  for (const tail of [Buffer.alloc(1), Buffer.alloc(16), original]) {
    yield [`${tail.length} bytes added`, Buffer.concat([original, tail])];
  }
}

function raise(error: unknown): never {
  throw error;
}

test('an entry with any bit flipped, cut anywhere or extended is refused by find, list and reveal', async (t) => {
  const { vault, directory, file } = await vaultWithDemo(t);
  const original = readFileSync(file('demo.cred'));
  const into = Buffer.alloc(21);
  for (const [note, bytes] of damaged(original)) {
    writeFileSync(file('demo.cred'), bytes);
    const before = snapshot(directory);
    const expected = { code: 'VAULT_CORRUPT', file: 'vault/demo.cred', note } as const;
    assertRefused(t, () => vault.find(demo), expected);
    const [listed, ...others] = vault.list();
    t.deepEqual([listed?.service, listed?.facts, others], [demo, undefined, []], note);
    assertRefused(t, () => raise(listed?.refusal), expected);
    // A name or length that moved can make the value another length; then it is refused before anything is opened.
    t.throws(() => vault.reveal(demo, into), { message: /demo/ }, note);
    t.true(into.equals(Buffer.alloc(21)), note);
    t.deepEqual(snapshot(directory), before, note);
  }
  writeFileSync(file('demo.cred'), original);
  t.is(revealed(vault).length, 21);
});

test('a header with any bit flipped, cut anywhere or extended is refused', async (t) => {
  const { directory, file, value } = await vaultWithDemo(t);
  const original = readFileSync(file('header'));
  for (const [note, bytes] of damaged(original)) {
    writeFileSync(file('header'), bytes);
    assertRefused(t, () => openAt(directory).open(), { code: 'VAULT_CORRUPT', file: 'vault/header', note });
  }
  writeFileSync(file('header'), original);
  t.true(revealed(openAt(directory)).equals(value));
});

test('a key file with any bit flipped, cut anywhere or extended is refused', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  for (const [note, bytes] of damaged(readFileSync(file('key')))) {
    writeFileSync(file('key'), bytes);
    const culprit = bytes.length === 32 ? 'vault/header' : 'vault/key';
    assertRefused(t, () => openAt(directory).open(), { code: 'VAULT_CORRUPT', file: culprit, note });
  }
});

test('two entries whose files were swapped are both refused', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  await vault.store(other, canary(21), { replace: false });
  renameSync(file('demo.cred'), file('held'));
  renameSync(file('other.cred'), file('demo.cred'));
  renameSync(file('held'), file('other.cred'));
  const rule = corruptRules.name;
  assertRefused(t, () => vault.find(demo), { code: 'VAULT_CORRUPT', file: 'vault/demo.cred', rule });
  assertRefused(t, () => vault.find(other), { code: 'VAULT_CORRUPT', file: 'vault/other.cred', rule });
});

test('swapping the sealed values under unchanged names is refused', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  await vault.store(other, canary(21), { replace: false });
  const [first, second] = [readFileSync(file('demo.cred')), readFileSync(file('other.cred'))];
  writeFileSync(file('demo.cred'), Buffer.concat([first.subarray(0, 39 + 4), second.subarray(39 + 5)]));
  const rule = corruptRules.authentic;
  assertRefused(t, () => vault.find(demo), { code: 'VAULT_CORRUPT', file: 'vault/demo.cred', rule });
});

test('a renamed entry is refused under its new name and gone under the old one', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  renameSync(file('demo.cred'), file('other.cred'));
  t.is(vault.find(demo), undefined);
  assertRefused(t, () => vault.find(other), {
    code: 'VAULT_CORRUPT',
    file: 'vault/other.cred',
    rule: corruptRules.name,
  });
});

test('an entry of another vault is refused', async (t) => {
  const mine = await vaultWithDemo(t);
  const theirs = await vaultWithDemo(t);
  writeFileSync(mine.file('demo.cred'), readFileSync(theirs.file('demo.cred')));
  const expected = { code: 'VAULT_CORRUPT', file: 'vault/demo.cred', rule: corruptRules.vault } as const;
  assertRefused(t, () => mine.vault.find(demo), expected);
});

test('an entry of another vault that claims this vault id is refused', async (t) => {
  const mine = await vaultWithDemo(t);
  const theirs = await vaultWithDemo(t);
  const forged = readFileSync(theirs.file('demo.cred'));
  readFileSync(mine.file('header')).copy(forged, 10, 10, 26);
  writeFileSync(mine.file('demo.cred'), forged);
  const expected = { code: 'VAULT_CORRUPT', file: 'vault/demo.cred', rule: corruptRules.authentic } as const;
  assertRefused(t, () => mine.vault.find(demo), expected);
});

test('the key file of another vault does not open this one', async (t) => {
  const mine = await vaultWithDemo(t);
  const theirs = await vaultWithDemo(t);
  writeFileSync(mine.file('key'), readFileSync(theirs.file('key')));
  const expected = { code: 'VAULT_CORRUPT', file: 'vault/header', rule: corruptRules.authentic } as const;
  assertRefused(t, () => openAt(mine.directory).open(), expected);
});

test('a vault without its key file is refused, and nothing is made in its place', async (t) => {
  const { directory, file } = await vaultWithDemo(t);
  renameSync(file('key'), file('elsewhere'));
  const expected = { code: 'VAULT_CORRUPT', file: 'vault/key', rule: corruptRules.keyMissing } as const;
  assertRefused(t, () => openAt(directory).open(), expected);
  await t.throwsAsync(openAt(directory).initialise(), { code: 'VAULT_CORRUPT' });
  t.false(Object.keys(snapshot(directory)).includes('key'));
});

test('an entry put back to its older version still opens: rollback is not detected, as the documentation says', async (t) => {
  const { vault, directory, file, value } = await vaultWithDemo(t);
  const before = copyOf(t, directory);
  await vault.store(demo, canary(40), { replace: true });
  writeFileSync(file('demo.cred'), readFileSync(`${before}/demo.cred`));
  t.is(vault.find(demo)?.version, 1);
  t.true(revealed(vault).equals(value));
});
