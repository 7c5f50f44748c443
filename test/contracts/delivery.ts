/** What every delivery mode must do, whatever it delivers by. */
import { randomBytes } from 'node:crypto';
import type { TestFn } from 'ava';
import fc from 'fast-check';
import { parseVariableName } from '../../src/core/ids.ts';
import type { DeliveryEntry, DeliveryLayout, DeliveryMode } from '../../src/delivery/delivery.ts';

const variable = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,30}$/).map(parseVariableName);
const entries = fc.uniqueArray(fc.record({ variable, byteLength: fc.integer({ min: 1, max: 300 }) }), {
  maxLength: 12,
  selector: (entry) => entry.variable,
});

export function testDeliveryContract(test: TestFn, mode: DeliveryMode): void {
  test(`delivery ${mode.name}: the plan keeps names, lengths and order, and is the same each time`, (t) => {
    fc.assert(
      fc.property(entries, (given) => {
        const layout = mode.plan(given);
        t.deepEqual(
          layout.items.map(({ variable, byteLength }) => ({ variable, byteLength })),
          given,
        );
        t.deepEqual(mode.plan(given), layout);
      }),
    );
  });

  test(`delivery ${mode.name}: no two values overlap, and all lie inside the region`, (t) => {
    fc.assert(
      fc.property(entries, (given) => {
        let end = 0;
        for (const { offset, byteLength } of mode.plan(given).items) {
          t.true(offset >= end);
          end = offset + byteLength;
        }
        t.true(end <= mode.plan(given).byteLength);
      }),
    );
  });

  test(`delivery ${mode.name}: planning does not change what it was given`, (t) => {
    const given = Object.freeze([Object.freeze(entry('ONE', 5)), Object.freeze(entry('TWO', 9))]);
    t.is(mode.plan(given).items.length, 2);
  });

  test(`delivery ${mode.name}: writing the names touches no value and nothing outside the region`, (t) => {
    fc.assert(
      fc.property(entries, (given) => {
        const layout = mode.plan(given);
        const memory = Buffer.alloc(layout.byteLength + 64);
        const values = fillValues(memory.subarray(32), layout);
        mode.writeNames(memory.subarray(32, 32 + layout.byteLength), layout);
        layout.items.forEach(({ offset, byteLength }, index) => {
          t.true(
            memory.subarray(32 + offset, 32 + offset + byteLength).equals(values[index] ?? Buffer.alloc(0)),
          );
        });
        t.true([...memory.subarray(0, 32), ...memory.subarray(-32)].every((byte) => byte === 0));
      }),
    );
  });

  test(`delivery ${mode.name}: a variable that is named twice is refused, and named`, (t) => {
    const twice = [entry('ONE', 5), entry('TWO', 9), entry('ONE', 7)];
    t.throws(() => mode.plan(twice), { code: 'LAUNCH_ENVIRONMENT', message: /ONE/ });
  });

  test(`delivery ${mode.name}: the plan holds names and numbers only`, (t) => {
    const layout = mode.plan([entry('ONE', 5)]);
    t.deepEqual(Object.keys(layout).sort(), ['byteLength', 'items']);
    t.deepEqual(Object.keys(layout.items[0] ?? {}).sort(), ['byteLength', 'offset', 'variable']);
  });
}

export function entry(name: string, byteLength: number): DeliveryEntry {
  return { variable: parseVariableName(name), byteLength };
}

/** Random bytes without a NUL at the place of each value; returns copies of them. */
export function fillValues(bytes: Buffer, { items }: DeliveryLayout): Buffer[] {
  return items.map(({ offset, byteLength }) => {
    const value = randomBytes(byteLength).map((byte) => byte || 1);
    bytes.set(value, offset);
    return Buffer.from(value);
  });
}
