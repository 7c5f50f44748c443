/** What every backend must do, whatever it is made of. */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext, TestFn } from 'ava';
import type { Backend } from '../../src/backends/backend.ts';
import { isAgentKeysError } from '../../src/core/errors.ts';

/** A backend over a place of its own, and the means to put a value there. */
export interface BackendUnderTest {
  readonly backend: Backend;
  readonly present: string;
  /** Stores `value` where `present` points, over whatever was there. */
  put(value: Buffer): Promise<void>;
  /** A path of the right form that nothing is stored under. */
  readonly absent: string;
}

export function testBackendContract(
  test: TestFn,
  name: string,
  make: (t: ExecutionContext) => Promise<BackendUnderTest>,
): void {
  test(`backend ${name}: is found by its name`, async (t) => {
    t.is((await make(t)).backend.name, name);
  });

  for (const byteLength of [1, 100, 65535]) {
    test(`backend ${name}: measures ${byteLength} bytes and reveals exactly those`, async (t) => {
      const { backend, put, present } = await make(t);
      const value = randomBytes(byteLength);
      await put(value);
      t.is(await backend.measure(present), byteLength);
      const around = Buffer.alloc(byteLength + 2, 0x2a);
      await backend.revealInto(present, around.subarray(1, -1));
      t.true(around.subarray(1, -1).equals(value));
      t.deepEqual([around[0], around[byteLength + 1]], [0x2a, 0x2a]);
    });
  }

  test(`backend ${name}: absent is a value when measured, and an error when revealed`, async (t) => {
    const { backend, absent } = await make(t);
    t.is(await backend.measure(absent), undefined);
    const into = Buffer.alloc(10, 0x2a);
    await t.throwsAsync(backend.revealInto(absent, into), { code: 'CREDENTIAL_MISSING' });
  });

  test(`backend ${name}: a value that was replaced is the new one, or refused if its length is another`, async (t) => {
    const { backend, put, present } = await make(t);
    await put(randomBytes(30));
    const into = Buffer.alloc(30);
    const [next, longer] = [randomBytes(30), randomBytes(31)];
    await put(next);
    await backend.revealInto(present, into);
    t.true(into.equals(next));
    await put(longer);
    await t.throwsAsync(backend.revealInto(present, into.fill(0)), { code: 'CREDENTIAL_CHANGED' });
    t.true(into.every((byte) => byte === 0));
  });

  test(`backend ${name}: no error shows a byte of a value`, async (t) => {
    const { backend, put, present } = await make(t);
    const value = Buffer.from(randomBytes(20).toString('hex'));
    await put(value);
    const error = await t.throwsAsync(backend.revealInto(present, Buffer.alloc(1)));
    t.true(isAgentKeysError(error));
    t.false(
      JSON.stringify(error).includes(value.toString()) || String(error?.stack).includes(value.toString()),
    );
  });

  test(`backend ${name}: answers many questions at once`, async (t) => {
    const { backend, put, present } = await make(t);
    const value = randomBytes(64);
    await put(value);
    const buffers = Array.from({ length: 50 }, () => Buffer.alloc(64));
    await Promise.all(buffers.map((into) => backend.revealInto(present, into)));
    t.true(buffers.every((into) => into.equals(value)));
  });
}
