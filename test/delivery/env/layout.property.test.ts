import test from 'ava';
import fc from 'fast-check';
import { parseVariableName } from '../../../src/core/ids.ts';
import {
  checkValues,
  layoutEnvironment,
  maxStringBytes,
  writeNames,
} from '../../../src/delivery/env/layout.ts';
import { holds } from '../../support/properties.ts';
import { caught } from '../../vault/support/refusals.ts';

const variable = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,12}$/).map(parseVariableName);
const value = fc.uint8Array({ minLength: 1, maxLength: 20 });
const entries = fc.array(fc.tuple(variable, value), { maxLength: 8 });

test('the region reads as the strings that were asked for, and nothing else', (t) =>
  holds(
    t,
    'layout',
    2000,
    fc.property(entries, (given) => {
      const isTwice = new Set(given.map(([name]) => name)).size < given.length;
      const asked = given.map(([name, bytes]) => ({ variable: name, byteLength: bytes.length }));
      const error = caught(() => layoutEnvironment(asked));
      t.is(error?.code, isTwice ? 'LAUNCH_ENVIRONMENT' : undefined);
      if (isTwice) return;
      const layout = layoutEnvironment(asked);
      const region = Buffer.alloc(layout.byteLength, 0xa5);
      for (const [index, { offset }] of layout.items.entries()) region.set(given[index]?.[1] ?? [], offset);
      writeNames(region, layout);
      const strings = given.map(([name, bytes]) =>
        Buffer.concat([Buffer.from(`${name}=`), bytes, Buffer.from([0])]),
      );
      t.true(Buffer.concat(strings).equals(region));
      const hasNul = given.some(([, bytes]) => bytes.includes(0));
      t.is(caught(() => checkValues(region, layout))?.code, hasNul ? 'CREDENTIAL_INVALID' : undefined);
    }),
  ));

test('a string is as long as the kernel takes, or refused', (t) =>
  holds(
    t,
    'layout-length',
    500,
    fc.property(variable, fc.integer({ min: -3, max: 3 }), fc.nat({ max: 9 }), (name, more, before) => {
      const byteLength = maxStringBytes - name.length - 1 + more;
      const asked = [
        { variable: parseVariableName(`Z_${before}`), byteLength: before + 1 },
        { variable: name, byteLength },
      ];
      t.is(caught(() => layoutEnvironment(asked)) === undefined, more <= 0);
    }),
  ));
