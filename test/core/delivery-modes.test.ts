import test from 'ava';
import { deliveryModeWords } from '../../src/core/delivery-modes.ts';
import { deliveryModes } from '../../src/delivery/index.ts';

test('every mode that exists has words, and the grade that they give', (t) => {
  for (const { name, grade } of deliveryModes) t.is(grade, deliveryModeWords[name].grade);
});

test('a letter stands for one exposure only', (t) => {
  const grades = Object.values(deliveryModeWords).map(({ grade }) => grade);
  t.deepEqual([...new Set(grades)], grades);
});
