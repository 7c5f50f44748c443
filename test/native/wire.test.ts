/** What native/core/plan.h says, and what TypeScript says of the same bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { encodeOrder } from '../../src/native/launch-plan.ts';
import { head, parseText } from '../support/profiles.ts';
import { root } from '../support/source-tree.ts';

const header = readFileSync(join(root, 'native/core/plan.h'), 'utf8');
const number = (name: string) => Number(new RegExp(`#define ${name} (\\d+)`).exec(header)?.[1]);

test('broker and spawner speak one version', (t) => {
  t.is(encodeOrder('ready').readUInt16LE(0), number('AK_WIRE_VERSION'));
});

test('a profile may ask for exactly as many descriptors as the spawner accepts', (t) => {
  const [least, most] = [number('AK_OPEN_FILES_MIN'), number('AK_OPEN_FILES_MAX')];
  const limit = (value: number) => parseText(`${head}[agent]\nlimits = { nofile = ${value} }\n`).agent.limits;
  t.is(limit(least).nofile, least);
  t.is(limit(most).nofile, most);
  t.throws(() => limit(least - 1));
  t.throws(() => limit(most + 1));
});
