import { spawnSync } from 'node:child_process';
import test from 'ava';
import {
  checkValues,
  layoutEnvironment,
  maxStringBytes,
  writeNames,
} from '../../../src/delivery/env/layout.ts';
import { loadAddon } from '../../../src/native/addon.ts';
import { createRegions } from '../../../src/native/regions.ts';
import { entry, fillValues } from '../../contracts/delivery.ts';
import { caught } from '../../vault/support/refusals.ts';

test('lays out NAME=value strings back to back, each with its NUL', (t) => {
  const layout = layoutEnvironment([entry('A', 3), entry('LONGER_NAME', 1)]);
  const bytes = Buffer.alloc(layout.byteLength, 0x2a);
  writeNames(bytes, layout);
  t.is(bytes.toString('latin1'), 'A=***\0LONGER_NAME=*\0');
});

test('nothing to deliver takes no bytes', (t) => {
  t.deepEqual(layoutEnvironment([]), { byteLength: 0, items: [] });
});

test('a string as long as the kernel takes is accepted, one byte more is refused by name', (t) => {
  const room = maxStringBytes - 'NAME='.length;
  t.is(layoutEnvironment([entry('FIRST', 10), entry('NAME', room)]).items[1]?.byteLength, room);
  const error = t.throws(() => layoutEnvironment([entry('FIRST', 10), entry('NAME', room + 1)]), {
    code: 'LAUNCH_ENVIRONMENT',
  });
  t.regex(error?.message ?? '', /NAME and its value have more than 131071 bytes/);
});

test('the longest string is what execve itself takes', (t) => {
  const run = (byteLength: number) =>
    spawnSync('/bin/true', { env: { NAME: 'x'.repeat(byteLength - 'NAME='.length) } });
  t.is(run(maxStringBytes).status, 0);
  t.like(run(maxStringBytes + 1).error, { code: 'E2BIG' });
});

test('a NUL anywhere in any value is refused, naming the variable only', (t) => {
  const layout = layoutEnvironment([entry('FIRST', 40), entry('SECOND', 40)]);
  for (const { variable, offset, byteLength } of layout.items) {
    for (const at of [0, 1, byteLength - 1]) {
      const bytes = Buffer.alloc(layout.byteLength);
      const values = fillValues(bytes, layout);
      writeNames(bytes, layout);
      t.notThrows(() => checkValues(bytes, layout));
      bytes[offset + at] = 0;
      const error = caught(() => checkValues(bytes, layout));
      t.is(error?.code, 'CREDENTIAL_INVALID');
      t.is(error?.context.service, variable);
      t.false(values.some((value) => error?.message.includes(value.toString('latin1'))));
    }
  }
});

test('every other byte is carried', (t) => {
  const layout = layoutEnvironment([entry('EVERY', 255)]);
  const bytes = Buffer.alloc(layout.byteLength);
  bytes.set(Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1)), layout.items[0]?.offset ?? 0);
  writeNames(bytes, layout);
  t.notThrows(() => checkValues(bytes, layout));
});

test('works on lent secret memory, of which a value can be the last byte but one', (t) => {
  const region = createRegions({ addon: loadAddon() }).create(4096);
  t.teardown(() => region.drop());
  const layout = layoutEnvironment([entry('WHOLE_PAGE', region.byteLength - 'WHOLE_PAGE='.length - 1)]);
  t.is(layout.byteLength, region.byteLength);
  region.use((bytes) => {
    bytes.fill(0x61);
    writeNames(bytes, layout);
    checkValues(bytes, layout);
    t.deepEqual([bytes[10], bytes[11], bytes.at(-2), bytes.at(-1)], [0x3d, 0x61, 0x61, 0]);
  });
});
