import { inspect } from 'node:util';
import test from 'ava';
import { errorCatalogue } from '../../src/core/error-catalogue.ts';
import { AgentKeysError, isAgentKeysError, toAgentKeysError } from '../../src/core/errors.ts';
import { exitCodes } from '../../src/core/exit-codes.ts';

const codes = Object.keys(errorCatalogue);

test('codes are an area and a reason, sorted', (t) => {
  for (const code of codes) t.regex(code, /^[A-Z]+(_[A-Z]+)*$/);
  t.deepEqual(codes, codes.toSorted());
});

for (const [code, { message, hint, exit }] of Object.entries(errorCatalogue)) {
  test(`${code} speaks in lower case, without a full stop, and says what to do`, (t) => {
    for (const text of [message, hint]) {
      t.regex(text, /^(?:\[?\p{Ll}|\{|SIG|PATH|NUL)/u);
      t.notRegex(text, /[.!]$/);
    }
    t.true(Object.hasOwn(exitCodes, exit));
  });
}

test('message and hint are filled in from the context', (t) => {
  const error = new AgentKeysError('CREDENTIAL_MISSING', { service: 'demo' });
  t.is(error.message, 'no credential named demo is stored');
  t.is(error.hint, 'store it first: agentkeys store demo');
  t.is(error.exit, 'general');
});

test('a context that itself looks like a placeholder is not filled in again', (t) => {
  const error = new AgentKeysError('PROFILE_INVALID', { file: '{rule}', line: 1, rule: '{file}' });
  t.is(error.message, '{rule}:1: {file}');
});

test('a part in brackets stands where the context has its keys', (t) => {
  const rule = 'x needs y';
  t.is(new AgentKeysError('USAGE', { rule }).hint, 'agentkeys help shows the verbs');
  const { hint } = new AgentKeysError('USAGE', { rule, verb: 'audit tail' });
  t.is(hint, 'agentkeys help audit tail shows its options and examples');
  t.is(new AgentKeysError('USAGE', { rule: '[a {verb}|b]' }).message, '[a {verb}|b]');
});

test('a text that would fill the screen is cut, and the cut shows', (t) => {
  const error = new AgentKeysError('PROFILE_MISSING', { profile: 'x'.repeat(10_000) });
  t.is(error.message, `there is no profile named ${'x'.repeat(512)}… (9488 more characters)`);
});

test('the error of another copy of the module is recognised', (t) => {
  t.true(isAgentKeysError({ [Symbol.for('agentkeys.error')]: true }));
  t.false(isAgentKeysError(new Error('x')));
  t.false(isAgentKeysError(undefined));
});

test("a stranger's message stays in the cause", (t) => {
  const stranger = new Error('the secret is 123');
  const error = toAgentKeysError(stranger, 'testing');
  t.is(error.code, 'INTERNAL');
  t.is(error.cause, stranger);
  t.notRegex(`${error.message}${error.hint}${inspect(error.context)}`, /123/);
});

test('one of ours is passed on as it is', (t) => {
  const error = new AgentKeysError('VAULT_ABSENT');
  t.is(toAgentKeysError(error, 'testing'), error);
});
