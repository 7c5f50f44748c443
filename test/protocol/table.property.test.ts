import test from 'ava';
import fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import {
  type JsonObject,
  parseAnswer,
  parseClientHello,
  parsePayload,
  parseRequest,
} from '../../src/protocol/messages.ts';
import { parseRequestBody, type RequestName, requestTable } from '../../src/protocol/table.ts';
import { holds } from '../support/properties.ts';

const names = Object.keys(requestTable) as RequestName[];
const fields = [
  ...new Set(names.flatMap((name) => Object.keys(requestTable[name].input.shape))),
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hello', 'id', 'verb', 'body', 'ok', 'error'],
];
const word = fc.constantFrom(
  'openai',
  'claude',
  'vault:openai',
  'A=B',
  '0123456789abcdef',
  '__proto__',
  '',
  'x'.repeat(300),
);
const text = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 20 }), fc.constant('\ud800'));
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1e308, 2 ** 53, 2 ** 31, -0, 1.5));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, text, number, fc.boolean(), fc.constant(null), tie('list'), tie('table')),
  list: fc.array(tie('tree'), { maxLength: 4 }),
  table: fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...fields), text), tie('tree')), { maxLength: 5 })
    .map(toTable),
}));
const table = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...fields), text), tree), { maxLength: 6 })
  .map(toTable);

/** As JSON.parse makes it: `__proto__` is a field like another. */
function toTable(entries: readonly (readonly [string, unknown])[]): JsonObject {
  const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`);
  return JSON.parse(`{${members.join(',')}}`);
}

/** undefined where it was refused by one of ours. */
function tried<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    if (!isAgentKeysError(error)) throw error;
    return undefined;
  }
}

const untouched = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));
const isUntouched = () => JSON.stringify(Object.getOwnPropertyNames(Object.prototype)) === untouched;

test('any body is refused, or is the same after printing it and reading it again', (t) =>
  holds(
    t,
    'request-body',
    4000,
    fc.property(fc.constantFrom(...names), table, (name, body) => {
      const parsed = tried(() => parseRequestBody(name, body));
      t.true(isUntouched());
      if (parsed === undefined) return;
      t.deepEqual(parseRequestBody(name, JSON.parse(JSON.stringify(parsed))), parsed);
      // Nothing but what the schema knows came through, and what came through is what was said.
      for (const [key, value] of Object.entries(body)) t.deepEqual(Reflect.get(parsed, key), value);
    }),
  ));

/** A sound body of each verb, so that more than refusals is tried. */
const sound: fc.Arbitrary<readonly [RequestName, JsonObject]> = fc.oneof(
  fc.constantFrom(...names).map((name) => [name, {}] as const),
  fc.record({ service: word, replace: fc.boolean() }).map((body) => ['store', body] as const),
  fc.record({ service: word }).map((body) => ['read', body] as const),
  fc
    .record(
      { profile: word, with: fc.array(word, { maxLength: 3 }), env: fc.array(word) },
      { requiredKeys: [] },
    )
    .map((body) => ['launch', body] as const),
);

test('a sound body with one more field, or one of another type, is refused', (t) =>
  holds(
    t,
    'request-field',
    2000,
    fc.property(sound, fc.string({ unit: 'binary', maxLength: 12 }), tree, ([name, body], key, value) => {
      fc.pre(tried(() => parseRequestBody(name, body)) !== undefined);
      fc.pre(!Object.keys(requestTable[name].input.shape).includes(key));
      const more = toTable([...Object.entries(body), [key, value]]);
      t.is(
        tried(() => parseRequestBody(name, more)),
        undefined,
      );
      for (const field of Object.keys(body)) {
        t.is(
          tried(() => parseRequestBody(name, { ...body, [field]: { field: 1 } })),
          undefined,
        );
      }
    }),
  ));

test('any payload is an object or refused, and any object is a message or refused', (t) =>
  holds(
    t,
    'payload',
    3000,
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        table.map((body) => Buffer.from(JSON.stringify(body))),
      ),
      (bytes) => {
        const message = tried(() => parsePayload(bytes));
        if (message === undefined) return;
        t.deepEqual(parsePayload(Buffer.from(JSON.stringify(message))), message);
        for (const parse of [parseClientHello, parseRequest, parseAnswer]) tried(() => parse(message));
        t.true(isUntouched());
      },
    ),
  ));
