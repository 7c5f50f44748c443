import test from 'ava';
import fc from 'fast-check';
import { findNearest } from '../../src/core/nearest.ts';
import { holds } from '../support/properties.ts';

/** By the definition: what is left after the cheapest first step. */
function distance(from: string, to: string): number {
  if (from === '' || to === '') return from.length + to.length;
  if (from[0] === to[0]) return distance(from.slice(1), to.slice(1));
  const [a, b] = [from.slice(1), to.slice(1)];
  return 1 + Math.min(distance(a, to), distance(from, b), distance(a, b));
}

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });

test('the nearest word is the first of those with the fewest edits', (t) =>
  holds(
    t,
    'nearest',
    1500,
    fc.property(
      word,
      fc.array(word, { maxLength: 5 }),
      fc.integer({ min: 0, max: 6 }),
      (given, known, most) => {
        const near = known.map((candidate) => distance(given, candidate));
        const least = Math.min(...near);
        t.is(findNearest(given, known, most), least <= most ? known[near.indexOf(least)] : undefined);
      },
    ),
  ));

test('a word of any length costs no more than its beginning', (t) =>
  holds(
    t,
    'nearest-long',
    200,
    fc.property(
      fc.string({ minLength: 64, maxLength: 200 }),
      fc.array(word, { minLength: 1 }),
      (given, known) => {
        t.is(findNearest(given + 'x'.repeat(1_000_000), known), findNearest(given, known));
      },
    ),
  ));
