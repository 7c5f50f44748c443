import { inspect } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import * as ids from '../../src/core/ids.ts';
import { holds } from '../support/properties.ts';

const parsers = {
  service: ids.parseServiceName,
  profile: ids.parseProfileName,
  agent: ids.parseAgentId,
  session: ids.parseSessionId,
  variable: ids.parseVariableName,
} as const;
const text = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,66}$/),
  fc.stringMatching(/^[0-9a-f]{15,17}$/),
  fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,130}$/),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('..', '.', 'a/b', 'a\n', '\na', 'a\0', '', 'ſ', 'ı', 'K'),
);

test('a name that is taken is itself, safe as a file and on a terminal; one that is not is never repeated', (t) =>
  holds(
    t,
    'name',
    4000,
    fc.property(fc.constantFrom(...Object.values(parsers)), text, (parse, given) => {
      try {
        t.is(parse(given) as string, given);
        t.regex(given, /^(?!\.)[A-Za-z0-9._-]{1,128}$/);
      } catch (error) {
        if (!isAgentKeysError(error) || error.code !== 'NAME_INVALID') throw error;
        t.deepEqual(Object.keys(error.context).sort(), ['kind', 'rule']);
        if (given.length >= 16)
          t.false(`${error.message}${error.hint}${inspect(error.context)}`.includes(given));
      }
    }),
  ));
