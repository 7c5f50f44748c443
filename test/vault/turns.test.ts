import test from 'ava';
import { createTurns } from '../../src/vault/turns.ts';

test('jobs of one key run one after another, in the order in which they came', async (t) => {
  const turns = createTurns();
  const events: string[] = [];
  const job = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise(setImmediate);
    events.push(`${name} ends`);
    return name;
  };
  const names = await Promise.all(['a', 'b', 'c'].map((name) => turns.take('key', job(name))));
  t.deepEqual(names, ['a', 'b', 'c']);
  t.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('jobs of other keys do not wait', async (t) => {
  const turns = createTurns();
  const gate = Promise.withResolvers<void>();
  const held = turns.take('one', () => gate.promise);
  t.is(await turns.take('two', async () => 'done'), 'done');
  gate.resolve();
  await held;
});

test('a job that fails rejects for its own caller, and the next one runs', async (t) => {
  const turns = createTurns();
  const failed = turns.take('key', async () => {
    throw new Error('mine');
  });
  const next = turns.take('key', async () => 'next');
  await t.throwsAsync(failed, { message: 'mine' });
  t.is(await next, 'next');
});
