import test from 'ava';
import fc from 'fast-check';
import type { CommandMeta } from '../../src/cli/command.ts';
import { meta as runMeta } from '../../src/cli/commands/run.ts';
import { type Parsed, parseCommandLine } from '../../src/cli/parse.ts';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { holds } from '../support/properties.ts';

const oneArgument: CommandMeta = {
  name: 'sample',
  summary: 'a sample',
  arguments: [{ name: 'WORD', summary: 'one' }],
  options: [
    { flags: '-n, --count <n>', summary: 'a value' },
    { flags: '--json', summary: 'none' },
    { flags: '--with <service>', summary: 'repeated', isRepeatable: true },
  ],
  examples: [],
};
const word = fc.oneof(
  fc.constantFrom(
    '--',
    '-',
    '-h',
    '--help',
    '--json',
    '--with',
    '--with=a',
    '-n',
    '-n1',
    '--count',
    '--color=never',
    '-p',
    'x',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const words = fc.array(word, { maxLength: 5 });
const own = fc.array(fc.constantFrom('--json', '--with=a', '--with=b', '-n1', '--color=never'), {
  maxLength: 4,
});

/** Parsed, or the rule that refused it. */
function attempt(meta: CommandMeta, given: readonly string[]): Parsed | string {
  try {
    return parseCommandLine(meta, given);
  } catch (error) {
    if (!isAgentKeysError(error) || error.code !== 'USAGE') throw error;
    return String(error.context.rule);
  }
}

test('words behind -- are arguments as they stand, and no option is taken from them', (t) =>
  holds(
    t,
    'command-line',
    3000,
    fc.property(own, word, (options, last) => {
      const parsed = attempt(oneArgument, [...options, '--', last]);
      const plain = attempt(oneArgument, [...options, 'x']);
      if (typeof parsed === 'string' || typeof plain === 'string') throw new Error(`${parsed} ${plain}`);
      t.deepEqual(parsed.arguments, [last]);
      t.deepEqual(parsed.options, plain.options);
      t.false(parsed.wantsHelp);
    }),
  ));

test('what run starts is every word behind --, in order', (t) =>
  holds(
    t,
    'command-line-run',
    2000,
    fc.property(
      fc.array(fc.constantFrom('-pdemo', '--with=a', '--env=A=b'), { maxLength: 3 }),
      words,
      (options, rest) => {
        const parsed = attempt(runMeta, [...options, '--', 'agent', ...rest]);
        if (typeof parsed === 'string') throw new Error(parsed);
        t.deepEqual(parsed.arguments, ['agent', ...rest]);
        t.false(parsed.wantsHelp);
      },
    ),
  ));

test('help is not asked for by a word behind --, also where the line is wrong', (t) =>
  holds(
    t,
    'command-line-help',
    2000,
    fc.property(
      fc.array(
        fc.oneof(
          own.map(([first = '-']) => first),
          fc.constantFrom('x', '--zz'),
        ),
      ),
      words,
      (before, behind) => {
        const parsed = attempt(oneArgument, [...before, '--', ...behind]);
        t.false(typeof parsed !== 'string' && parsed.wantsHelp);
      },
    ),
  ));

test('a word that was typed is repeated at most as the name of an option', (t) =>
  holds(
    t,
    'command-line-leak',
    2000,
    fc.property(
      words,
      fc.stringMatching(/^[A-Za-z0-9]{16,24}$/),
      fc.nat({ max: 5 }),
      (given, secret, place) => {
        const rule = attempt(
          oneArgument,
          given.toSpliced(place, 0, secret, `--count=${secret}`, `-n${secret}`, `--zz=${secret}`),
        );
        if (typeof rule === 'string') t.false(rule.includes(secret), rule);
      },
    ),
  ));
