import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { unwritableRules } from '../../src/vault/rules.ts';
import { canary, demo, revealed, snapshot, vaultWithDemo } from './support/test-vault.ts';

const fixture = fileURLToPath(new URL('fixtures/store-past-limit.ts', import.meta.url));

test('a store that the disk has no room for fails, and the version before it is untouched', async (t) => {
  const { directory, vault, value } = await vaultWithDemo(t);
  const before = snapshot(directory);
  // The kernel takes what fits first and refuses the rest, as a full disk does: 8 blocks are 4096 or 8192 bytes.
  const shell = ['-c', 'ulimit -f 8 && exec "$0" "$@"', process.execPath, fixture, directory];
  const outcome = JSON.parse(execFileSync('/bin/sh', shell, { encoding: 'utf8' }));
  t.deepEqual(outcome, { status: 'rejected', reason: { rule: unwritableRules.full }, isOpen: 1 });
  t.deepEqual(snapshot(directory), before);
  t.true(revealed(vault).equals(value));
});

/** Makes one method of every file handle behave otherwise until the test ends. */
async function disturb(
  t: { teardown(undo: () => void): void },
  path: string,
  name: 'write' | 'sync',
  replacement: (original: (...args: never[]) => Promise<unknown>) => unknown,
): Promise<void> {
  const handle = await open(path);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const original = prototype[name];
  prototype[name] = replacement(original);
  t.teardown(() => {
    prototype[name] = original;
  });
}

const kernelError = (code: string) => Object.assign(new Error(code), { code });

const failing = test.macro({
  exec: async (t, code: string, rule: keyof typeof unwritableRules) => {
    const { directory, vault, file } = await vaultWithDemo(t);
    const before = snapshot(directory);
    await disturb(t, file('header'), 'sync', () => async () => {
      throw kernelError(code);
    });
    const store = vault.store(demo, canary(30), { replace: true });
    const error = await t.throwsAsync(store, { code: 'VAULT_UNWRITABLE' });
    t.true(error?.message.endsWith(unwritableRules[rule]));
    t.deepEqual(snapshot(directory), before);
  },
  title: (_, code) => `${code} has its own words, and leaves what was stored`,
});
test.serial(failing, 'ENOSPC', 'full');
test.serial(failing, 'EDQUOT', 'full');
test.serial(failing, 'EFBIG', 'full');
test.serial(failing, 'EROFS', 'notPermitted');
test.serial(failing, 'EACCES', 'notPermitted');
test.serial(failing, 'EIO', 'io');

test.serial('short writes are continued until the file is whole', async (t) => {
  const { vault, file } = await vaultWithDemo(t);
  let calls = 0;
  await disturb(t, file('header'), 'write', (original) => {
    return function (this: unknown, bytes: Buffer, offset: number, byteLength: number) {
      calls += 1;
      return Reflect.apply(original, this, [bytes, offset, Math.min(byteLength, 7), null]);
    };
  });
  const value = canary(500);
  await vault.store(demo, value, { replace: true });
  t.true(calls > 50);
  t.true(revealed(vault).equals(value));
});

test.serial('a disk that takes nothing more without an error is an error', async (t) => {
  const { directory, vault, file } = await vaultWithDemo(t);
  const before = snapshot(directory);
  await disturb(t, file('header'), 'write', () => async () => ({ bytesWritten: 0 }));
  await t.throwsAsync(vault.store(demo, canary(5), { replace: true }), { code: 'VAULT_UNWRITABLE' });
  t.deepEqual(snapshot(directory), before);
});
