import { randomBytes } from 'node:crypto';
import test from 'ava';
import * as fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { parseAnswer, parseClientHello, parsePayload, parseRequest } from '../../src/protocol/messages.ts';
import { findRequest, parseRequestBody, requestTable } from '../../src/protocol/table.ts';

/** Every hostile value is refused by one of our errors, and refusing it changes nothing for others. */
function tryAll(payload: Uint8Array): void {
  for (const parse of [parseClientHello, parseAnswer, parseRequest, parseAnyBody]) {
    try {
      parse(parsePayload(payload));
    } catch (error) {
      if (!isAgentKeysError(error)) throw error;
    }
  }
}

function parseAnyBody(message: ReturnType<typeof parsePayload>): void {
  const { verb, body } = parseRequest(message);
  const found = findRequest(verb);
  if (found !== undefined) parseRequestBody(found.name, body);
}

const hostileKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'isAdmin',
  'service',
  'replace',
  'profile',
  'with',
  'env',
);
const bodies = fc.dictionary(fc.oneof(hostileKeys, fc.string()), fc.jsonValue(), { noNullPrototype: false });
const requests = fc.record({
  id: fc.oneof(fc.integer(), fc.double(), fc.string()),
  verb: fc.oneof(
    fc.constantFrom(...Object.keys(requestTable), '__proto__', 'toString', 'hasOwnProperty'),
    fc.string(),
  ),
  body: fc.oneof(bodies, fc.jsonValue()),
});

test('any bytes are refused by a typed error', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => tryAll(bytes)),
    { numRuns: 2000 },
  );
  t.pass();
});

test('any JSON is taken or refused, and no prototype is touched', (t) => {
  fc.assert(
    fc.property(fc.oneof(requests, bodies, fc.jsonValue()), (value) =>
      tryAll(Buffer.from(JSON.stringify(value))),
    ),
    {
      numRuns: 3000,
    },
  );
  t.deepEqual(Object.keys(Object.prototype), []);
  t.is(Object.getPrototypeOf({}).approved, undefined);
});

test('deep nesting and half characters are refused', (t) => {
  for (const text of ['['.repeat(60_000), '{"a":'.repeat(12_000), '"\\ud800"', 'null', '[]', '1', '']) {
    t.throws(() => parseRequest(parsePayload(Buffer.from(text))), { code: 'PROTOCOL_INVALID' });
  }
  t.throws(() => parsePayload(Buffer.from([0x7b, 0xff, 0x7d])), { code: 'PROTOCOL_INVALID' });
});

test('a refusal does not repeat what it refuses', (t) => {
  const canary = randomBytes(16).toString('hex');
  for (const text of [
    canary,
    `{"hello":"${canary}"}`,
    `{"id":1,"verb":"store","body":"${canary}"}`,
    `{"${canary}":1}`,
  ]) {
    const error = t.throws(() => parseRequest(parsePayload(Buffer.from(text))));
    t.false(JSON.stringify([error?.message, error?.stack]).includes(canary));
  }
  const error = t.throws(() => parseRequestBody('store', { service: canary.toUpperCase(), replace: canary }));
  t.false(`${error?.message}${error?.stack}`.includes(canary));
});

for (const name of Object.keys(requestTable)) {
  test(`${name} refuses fields that it does not know`, (t) => {
    const found = findRequest(name);
    t.is(found?.definition.name, name);
    for (const key of ['extra', '__proto__', 'constructor']) {
      const body = JSON.parse(`{"service":"demo","replace":true,"${key}":{"approved":true}}`);
      if (found !== undefined)
        t.throws(() => parseRequestBody(found.name, body), { code: 'PROTOCOL_INVALID' });
    }
  });
}

test('what continues a request names one that opens', (t) => {
  for (const definition of Object.values(requestTable)) {
    if (!('continues' in definition)) continue;
    const opener = findRequest(definition.continues);
    t.is(opener?.definition.continues, undefined);
    t.not(opener, undefined);
  }
});

test('names of prototypes are no verbs', (t) => {
  for (const verb of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])
    t.is(findRequest(verb), undefined);
});

test('an id is a whole number from 1 to 2147483647', (t) => {
  const request = (id: unknown) => parseRequest({ id, verb: 'status', body: {} });
  t.is(request(1).id, 1);
  t.is(request(2 ** 31 - 1).id, 2 ** 31 - 1);
  for (const id of [0, -1, 1.5, 2 ** 31, Number.NaN, '1', null])
    t.throws(() => request(id), { code: 'PROTOCOL_INVALID' });
});

test('a hello of another version is told which one is spoken', (t) => {
  t.throws(() => parseClientHello({ hello: { protocol: 2, client: 'x' } }), { message: /speaks version 1/ });
  t.throws(() => parseClientHello({ hello: { protocol: 1, client: 'a\u001b[31m' } }), {
    code: 'PROTOCOL_INVALID',
  });
});
