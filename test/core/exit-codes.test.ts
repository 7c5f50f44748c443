import test from 'ava';
import { exitCodes } from '../../src/core/exit-codes.ts';

test('no two names share a code, and none is one that a signal would give', (t) => {
  const codes = Object.values(exitCodes).map(({ code }) => code);
  t.is(new Set<number>(codes).size, codes.length);
  t.true(codes.every((code) => code >= 0 && code < 128));
});
