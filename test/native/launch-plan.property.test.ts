import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { isDangerousName } from '../../src/core/dangerous-names.ts';
import { parseSessionId } from '../../src/core/ids.ts';
import { encodePrepare, type LaunchPlan, parseSpawnerMessage } from '../../src/native/launch-plan.ts';
import { holds } from '../support/properties.ts';
import { root } from '../support/source-tree.ts';

const directory = mkdtempSync(join(tmpdir(), 'agentkeys-plan-'));
const reader = join(directory, 'read-plan');

test.before('builds the reader out of the spawner', (t) => {
  const sources = ['test/fixtures/native/read-plan.c', 'native/spawner/plan.c', 'native/core/names.c'];
  const args = ['-std=gnu11', '-Inative', '-fsanitize=address,undefined', '-o', reader, ...sources];
  const built = spawnSync('cc', args, { cwd: root, encoding: 'utf8' });
  t.is(built.status, 0, built.stderr);
});

test.after.always('removes it', () => rmSync(directory, { recursive: true, force: true }));

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.string({ unit: 'grapheme', maxLength: 8 }).map((given) => given.replaceAll('\0', ''));
const name = fc.oneof(
  fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/),
  fc.constantFrom('PATH', 'LD_PRELOAD', 'ENV'),
);
const plan: fc.Arbitrary<LaunchPlan> = fc.record({
  session: fc.stringMatching(/^[0-9a-f]{16}$/).map(parseSessionId),
  contextDevice: uint64,
  contextInode: uint64,
  inherit: fc.constantFrom('caller', 'minimal', 'none'),
  pass: fc.array(text, { maxLength: 3 }),
  unset: fc.array(text, { maxLength: 3 }),
  set: fc.array(
    fc.tuple(name, text).map(([variable, value]) => `${variable}=${value}`),
    { maxLength: 3 },
  ),
  secretNames: fc.array(name, { maxLength: 3 }),
  rules: fc.record(
    {
      cwd: text.map((given) => `/${given}`),
      umask: fc.nat({ max: 0o777 }),
      nofile: fc.integer({ min: 3, max: 1_048_576 }),
      core: fc.maxSafeNat(),
    },
    { requiredKeys: [] },
  ),
  label: fc.string({ unit: 'grapheme', maxLength: 40 }),
});

const hex = (given: string) => Buffer.from(given).toString('hex');

/** What the spawner must make of it. */
function expected(given: LaunchPlan): unknown {
  const names = [...given.secretNames, ...given.set.map((entry) => entry.slice(0, entry.indexOf('=')))];
  if (names.some(isDangerousName)) return [-1];
  const lists = [given.pass, given.unset, given.set, given.secretNames].map((list) => list.map(hex));
  const inherit = ['caller', 'minimal', 'none'].indexOf(given.inherit);
  const context = [String(given.contextDevice), String(given.contextInode)];
  const { cwd = '', umask = 0xffff_ffff, nofile, core } = given.rules;
  const limits = [nofile, core].map((limit) => String(limit ?? 2n ** 64n - 1n));
  return [0, given.session, ...context, inherit, ...lists, hex(given.label), ...limits, umask, hex(cwd)];
}

test('the spawner reads of a plan what the broker has written into it', (t) =>
  holds(
    t,
    'launch-plan',
    12,
    fc.property(fc.array(plan, { minLength: 100, maxLength: 200 }), (plans) => {
      const input = plans.flatMap((given) => {
        const message = encodePrepare(given);
        const length = Buffer.alloc(4);
        length.writeUInt32LE(message.length);
        return [length, message];
      });
      const lines = execFileSync(reader, { input: Buffer.concat(input), encoding: 'utf8' })
        .trim()
        .split('\n');
      t.deepEqual(
        lines.map((line) => JSON.parse(line)),
        plans.map(expected),
      );
    }),
  ));

test('any bytes from the spawner are a message or none', (t) =>
  holds(
    t,
    'spawner-message',
    4000,
    fc.property(fc.nat({ max: 30 }), fc.uint8Array({ maxLength: 120 }), (type, rest) => {
      const message = Buffer.concat([Buffer.from([1, 0, type, 0]), rest]);
      const found = parseSpawnerMessage(message);
      if (found?.kind === 'prepared') t.true(found.facts.executable.path.length <= message.length);
      if (found?.kind === 'session') t.true(found.label.length <= message.length);
      t.true(found === undefined || message.length >= 16);
    }),
  ));
