import test from 'ava';
import { decideRelease, type ReleaseFacts } from '../../src/policy/decide.ts';

const allowed: ReleaseFacts = {
  mode: 'user',
  peerUid: 1000,
  ownerUid: 1000,
  isPeerOutsideSessions: true,
  isBackendKnown: true,
  release: 'auto',
};

const refuses = test.macro((t, change: Record<string, unknown>, rule: RegExp) => {
  const decision = decideRelease({ ...allowed, ...change });
  t.is(decision.kind, 'deny');
  if (decision.kind === 'deny') t.regex(decision.rule, rule);
});

test('allows the owner outside of sessions what needs no approval', (t) => {
  t.deepEqual(decideRelease(allowed), { kind: 'allow' });
});

test('asks a person for what needs approval', (t) => {
  t.deepEqual(decideRelease({ ...allowed, release: 'approve' }), { kind: 'ask' });
});

test('refuses in system mode', refuses, { mode: 'system' }, /own user only/);
test('refuses another uid', refuses, { peerUid: 1001 }, /not the owner/);
test('refuses root, who is not the owner', refuses, { peerUid: 0 }, /not the owner/);
test('refuses two unknown uids', refuses, { peerUid: undefined, ownerUid: undefined }, /not the owner/);
test('refuses two invalid uids', refuses, { peerUid: -1, ownerUid: -1 }, /not the owner/);
test('refuses two uids that are no whole numbers', refuses, { peerUid: 0.5, ownerUid: 0.5 }, /not the owner/);
test('refuses a peer inside a session', refuses, { isPeerOutsideSessions: false }, /inside a session/);
test(
  'refuses when it is not known where the peer is',
  refuses,
  { isPeerOutsideSessions: undefined },
  /inside a session/,
);
test('refuses an unknown backend', refuses, { isBackendKnown: false }, /backend is unknown/);
test('refuses an unknown release rule', refuses, { release: 'always' }, /release rule/);
test('refuses an absent release rule', refuses, { release: undefined }, /release rule/);
test('refuses before it asks', refuses, { release: 'approve', peerUid: 1001 }, /not the owner/);
