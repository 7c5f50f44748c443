import test from 'ava';
import fc from 'fast-check';
import { decideRelease, type ReleaseFacts } from '../../src/policy/decide.ts';
import { holds } from '../support/properties.ts';

const doubtful = fc.constantFrom<unknown>(true, true, true, false, undefined, null, 1, 'true', {});
const uid = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1000) },
  fc.double(),
  fc.constantFrom(-1, 2 ** 53, Number.NaN),
);
const facts = fc.record({
  mode: fc.constantFrom<unknown>('user', 'user', 'user', 'system', undefined, ''),
  peerUid: uid,
  ownerUid: uid,
  isPeerOutsideSessions: doubtful,
  isBackendKnown: doubtful,
  release: fc.constantFrom<unknown>('auto', 'approve', undefined, 'AUTO', true),
});

test('whatever the facts, only the owner outside of sessions gets anything, and any doubt refuses', (t) =>
  holds(
    t,
    'decide',
    4000,
    fc.property(facts, (given) => {
      const isClear =
        given.mode === 'user' &&
        Number.isSafeInteger(given.peerUid) &&
        given.peerUid >= 0 &&
        given.peerUid === given.ownerUid &&
        given.isPeerOutsideSessions === true &&
        given.isBackendKnown === true;
      const wanted = given.release === 'auto' ? 'allow' : given.release === 'approve' ? 'ask' : 'deny';
      t.is(decideRelease(given as ReleaseFacts).kind, isClear ? wanted : 'deny');
    }),
  ));
