import { readFileSync } from 'node:fs';
import test from 'ava';
import { findLaunchStage, launchStages } from '../../src/core/stages.ts';

test('the stages are those of the native programs, number by number', (t) => {
  const plan = readFileSync(new URL('../../native/core/plan.h', import.meta.url), 'utf8');
  const native = [...plan.matchAll(/AK_STAGE_([A-Z]+) = (\d+)/g)].map(([, name, number]) => [
    number,
    name?.toLowerCase(),
  ]);
  t.deepEqual(
    native,
    Object.entries(launchStages).map(([number, { name }]) => [number, name]),
  );
});

test('a number that is no stage has no name', (t) => {
  t.is(findLaunchStage(1)?.name, 'authority');
  t.is(findLaunchStage(0), undefined);
  t.is(findLaunchStage(99), undefined);
});
