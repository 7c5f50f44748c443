/** State files with any bit changed, any end missing, or somebody else's in their place: refused by the daemon that runs and by the next one. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { createCanary } from '../support/canary.ts';
import { createHome, type Home } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';
import { openTarget, requireRefusal, requireServing } from '../support/target.ts';

const launch = ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY'];

/** Every content that differs by one bit or lacks an end. */
function* damaged(original: Buffer): Generator<[string, Buffer]> {
  for (let bit = 0; bit < original.length * 8; bit++) {
    const bytes = Buffer.from(original);
    bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    yield [`bit ${bit}`, bytes];
  }
  for (let length = 0; length < original.length; length++)
    yield [`cut at ${length}`, original.subarray(0, length)];
}

asRoot('an entry with any bit flipped or cut anywhere is refused, and the others are served', async (t) => {
  const target = await openTarget(t);
  const { home } = target;
  await home.store('other', 'other value');
  const file = join(home.directory, 'state/vault/demo.cred');
  const original = readFileSync(file);
  const client = await target.greet();
  let id = 0;
  for (const [what, bytes] of damaged(original)) {
    writeFileSync(file, bytes);
    await client.say({ id: ++id, verb: 'read', body: { service: 'demo' } });
    const { message, descriptors } = await client.hear();
    t.like(message, { error: { code: 'VAULT_CORRUPT', exit: 78 } }, what);
    t.deepEqual(descriptors, [], what);
    t.deepEqual(readFileSync(file), bytes, 'nothing was written over it');
  }
  client.close();
  requireRefusal(t, await home.run(launch), /the vault file vault\/demo\.cred is refused/, target.canary);
  const store = ['store', 'demo', '--replace', '--stdin'];
  requireRefusal(t, await home.run(store, { input: 'x' }), /the vault file vault\/demo\.cred is refused/);
  t.is((await home.run(['read', 'other', '--unsafe-stdout'])).stdout.toString(), 'other value');
  t.is((await home.run(['store', 'third', '--stdin'], { input: 'x' })).code, 0);
  writeFileSync(file, original);
  await target.requireUnharmed();
});

/** A home with two credentials and some records, and no daemon. */
async function restingHome(t: ExecutionContext): Promise<{ home: Home; canary: string }> {
  const home = createHome(t);
  const canary = createCanary();
  await home.store('demo', canary);
  await home.run(['store', 'other', '--stdin'], { input: 'other value' });
  await home.run(['stop']);
  return { home, canary };
}

type Damage = (file: string, other: (path: string) => string) => void;

const change = (edit: (bytes: Buffer) => Uint8Array): Damage => {
  return (file) => writeFileSync(file, edit(readFileSync(file)));
};
const flip = (at: number) =>
  change((bytes) => {
    const index = at < 0 ? bytes.length + at : at;
    bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    return bytes;
  });
const cut = (count: number) => change((bytes) => bytes.subarray(0, bytes.length - count));
const foreign =
  (path: string): Damage =>
  (file, other) =>
    writeFileSync(file, readFileSync(other(path)));
const swap =
  (path: string): Damage =>
  (file) => {
    const second = join(file, '..', path);
    const bytes = readFileSync(file);
    writeFileSync(file, readFileSync(second));
    writeFileSync(second, bytes);
  };
const remove: Damage = (file) => rmSync(file);

/** `other` gives a file of another home. */
const cases: readonly (readonly [string, string, Damage, RegExp])[] = [
  ['the header with a bit flipped', 'vault/header', flip(30), /vault\/header is refused/],
  ['a header that is cut', 'vault/header', cut(1), /vault\/header is refused: its size/],
  [
    'a header with 2^32 slots',
    'vault/header',
    change((bytes) => Buffer.concat([bytes.subarray(0, 26), Buffer.alloc(4, 0xff), bytes.subarray(30)])),
    /vault\/header is refused/,
  ],
  ['a header of another vault', 'vault/header', foreign('vault/header'), /vault\/header is refused/],
  [
    'a header twice',
    'vault/header',
    change((bytes) => Buffer.concat([bytes, bytes])),
    /vault\/header is refused: its size/,
  ],
  ['no header', 'vault/header', remove, /there is no vault yet/],
  [
    'the key with a bit flipped',
    'vault/key',
    flip(0),
    /vault\/header is refused: it was changed, or sealed with another key/,
  ],
  ['a key that is cut', 'vault/key', cut(1), /vault\/key is refused: its size/],
  ['the key of another vault', 'vault/key', foreign('vault/key'), /vault\/header is refused/],
  ['no key', 'vault/key', remove, /vault\/key is refused: it is missing beside/],
  [
    'entries swapped',
    'vault/demo.cred',
    swap('other.cred'),
    /vault\/demo\.cred is refused: it was stored under another name/,
  ],
  [
    'an entry of another vault',
    'vault/demo.cred',
    foreign('vault/demo.cred'),
    /vault\/demo\.cred is refused: it belongs to another vault/,
  ],
  [
    'an entry of 100 MB',
    'vault/demo.cred',
    change(() => Buffer.alloc(100_000_000)),
    /vault\/demo\.cred is refused: its size/,
  ],
  [
    'an entry that its group may read',
    'vault/demo.cred',
    (file) => chmodSync(file, 0o640),
    /vault\/demo\.cred is refused: its mode/,
  ],
  [
    'a log that lacks its last record',
    'audit/audit.jsonl',
    change((bytes) => bytes.subarray(0, bytes.lastIndexOf(10, bytes.length - 2) + 1)),
    /the log ends before its head/,
  ],
  [
    'a log that lacks its first record',
    'audit/audit.jsonl',
    change((bytes) => bytes.subarray(bytes.indexOf(10) + 1)),
    /the audit log does not verify/,
  ],
  ['a log that is empty', 'audit/audit.jsonl', change(() => Buffer.alloc(0)), /the log ends before its head/],
  [
    'a log of another home',
    'audit/audit.jsonl',
    foreign('audit/audit.jsonl'),
    /the audit log does not verify/,
  ],
  [
    'a line that is no record',
    'audit/audit.jsonl',
    change((bytes) => Buffer.concat([bytes, Buffer.from('\xff\xfe\n', 'latin1')])),
    /not a canonical record/,
  ],
  ['no log', 'audit/audit.jsonl', remove, /the log is missing/],
  [
    'a log that others may write',
    'audit/audit.jsonl',
    (file) => chmodSync(file, 0o666),
    /audit\.jsonl is refused: its mode is 0666/,
  ],
  ['a head that is cut', 'audit/head', cut(3), /the audit log does not verify|head/],
  ['a head of another log', 'audit/head', foreign('audit/head'), /the audit log does not verify/],
  ['no mac.key', 'audit/mac.key', remove, /audit|key/],
  ['mac.key of another log', 'audit/mac.key', foreign('audit/mac.key'), /audit|key/],
  ['no anchor.key', 'audit/anchor.key', remove, /audit|key/],
  ['anchor.key of another log', 'audit/anchor.key', foreign('audit/anchor.key'), /audit|key/],
  ['no anchor.pub', 'audit/anchor.pub', remove, /audit|key/],
  ['anchor.pub of another log', 'audit/anchor.pub', foreign('audit/anchor.pub'), /audit|key/],
  ['no head', 'audit/head', remove, /the audit log does not verify|head/],
];

for (const part of ['vault', 'audit'])
  asRoot(
    `what is wrong in ${part} is named by the next daemon, which serves when it is mended`,
    async (t) => {
      const { home, canary } = await restingHome(t);
      const other = await restingHome(t);
      const state = join(home.directory, 'state');
      const kept = join(home.directory, 'kept');
      await home.command('cp', ['-a', state, kept]);
      for (const [what, name, damage, words] of cases.filter(([, name]) => name.startsWith(part))) {
        const file = join(state, name);
        damage(file, (path) => join(other.home.directory, 'state', path));
        const after = digest(file);
        requireRefusal(t, await home.run(launch), words, canary);
        t.is(digest(file), after, `${what}: left as it was`);
        await home.run(['stop']);
        rmSync(state, { recursive: true });
        await home.command('cp', ['-a', kept, state]);
      }
      await requireServing(t, home, canary);
    },
  );

function digest(path: string): string {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'none';
}

asRoot('entries without their header are not lost to a new vault', async (t) => {
  const { home, canary } = await restingHome(t);
  const header = join(home.directory, 'state/vault/header');
  renameSync(header, `${header}.true`);
  const words = /vault\/header is refused: it is missing while credentials are stored/;
  requireRefusal(t, await home.run(['init']), words, canary);
  renameSync(`${header}.true`, header);
  await requireServing(t, home, canary);
});

asRoot('a tail that a power cut tore or zeroed is repaired, written down, and gone on with', async (t) => {
  const { home, canary } = await restingHome(t);
  const file = join(home.directory, 'state/audit/audit.jsonl');
  for (const tail of [Buffer.alloc(4096), Buffer.from('{"ts":"2026-')]) {
    writeFileSync(file, Buffer.concat([readFileSync(file), tail]));
    await requireServing(t, home, canary);
    await home.run(['stop']);
  }
});

asRoot('a block missing in the middle of a log is named by the verifier', async (t) => {
  const { home } = await restingHome(t);
  for (let round = 0; round < 12; round++) await home.run(['run', '--with', 'demo', '--', 'true']);
  await home.run(['stop']);
  const file = join(home.directory, 'state/audit/audit.jsonl');
  const bytes = readFileSync(file);
  t.true(bytes.length > 10_000);
  for (const damage of [
    Buffer.concat([bytes.subarray(0, 4096), bytes.subarray(8192)]),
    Buffer.from(bytes).fill(0, 4096, 8192),
  ]) {
    writeFileSync(file, damage);
    requireRefusal(t, await home.run(['audit', 'verify']), /the audit log does not verify: record \d+: /);
  }
});
