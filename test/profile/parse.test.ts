import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { parseVariableName } from '../../src/core/ids.ts';
import { head, parseText, refusalOf } from '../support/profiles.ts';

test('reads every key of a profile', (t) => {
  const profile = parseText(`${head}description = "Words"
match = ["claude"]
command = ["claude", "--x"]
[credentials.OPENAI_API_KEY]
from = "vault:openai"
release = "approve"
[environment]
inherit = "minimal"
pass = ["LANG", "LC_*"]
unset = ["AWS_*"]
set = { CI = "1" }
`);
  t.is(profile.name as string, 'sample');
  t.is(profile.description, 'Words');
  t.deepEqual([...profile.match], ['claude']);
  t.deepEqual(profile.command, ['claude', '--x']);
  const grant = profile.credentials.get(parseVariableName('OPENAI_API_KEY'));
  t.deepEqual({ ...grant }, { from: 'vault:openai', deliver: 'env', release: 'approve' });
  const { set, ...rules } = profile.environment;
  t.deepEqual({ ...rules }, { inherit: 'minimal', pass: ['LANG', 'LC_*'], unset: ['AWS_*'] });
  t.deepEqual([...set], [[parseVariableName('CI'), '1']]);
});

test('gives each absent key its default', (t) => {
  const profile = parseText(`${head}[credentials.A_KEY]\nfrom = "vault:a"\n`);
  t.false('description' in profile);
  t.false('command' in profile);
  t.is(profile.environment.inherit, 'caller');
  const grant = profile.credentials.get(parseVariableName('A_KEY'));
  t.deepEqual({ ...grant }, { from: 'vault:a', deliver: 'env', release: 'auto' });
});

test('a profile without credentials is fine', (t) => {
  t.is(parseText(head).credentials.size, 0);
});

test('nothing of a profile can be changed or has a prototype', (t) => {
  const profile = parseText(`${head}match = ["a"]\n[credentials.A_KEY]\nfrom = "vault:a"\n`);
  const variable = parseVariableName('A_KEY');
  for (const part of [profile, profile.environment, profile.credentials.get(variable)]) {
    t.is(Object.getPrototypeOf(part), null);
    t.true(Object.isFrozen(part));
  }
  for (const list of [profile.match, profile.environment.pass, profile.environment.unset]) {
    t.true(Object.isFrozen(list));
  }
  for (const map of [profile.credentials, profile.environment.set]) {
    t.throws(() => Reflect.get(map, 'set').call(map, variable, 'x'), { instanceOf: TypeError });
    t.throws(() => Reflect.get(map, 'clear').call(map), { instanceOf: TypeError });
  }
});

const refuses = test.macro((t, text: string, line: number, rule: RegExp) => {
  const error = refusalOf(t, () => parseText(text));
  t.is(error.code, 'PROFILE_INVALID');
  t.is(error.context.file, 'sample.toml');
  t.is(error.context.line, line);
  t.regex(String(error.context.rule), rule);
});

test(
  'refuses an unknown key and names the nearest',
  refuses,
  `${head}\ncomand = ["x"]\n`,
  4,
  /'comand'.*'command'$/,
);
test(
  'refuses an unknown table',
  refuses,
  `${head}[credential.A]\nfrom = "x"\n`,
  3,
  /'credential'.*'credentials'/,
);
test(
  'refuses an unknown key of a credential',
  refuses,
  `${head}[credentials.A]\nfrom = "vault:a"\nrelase = "auto"\n`,
  5,
  /'relase'.*'release'/,
);
test(
  'refuses an unknown key of the environment',
  refuses,
  `${head}[environment]\n\nunsets = []\n`,
  5,
  /'unsets'.*'unset'/,
);
test('names the first of several mistakes', refuses, `${head}zeta = 1\nalpha = 1\n`, 3, /zeta/);
test('refuses a missing schema', refuses, 'name = "sample"\n', 1, /'schema' is missing/);
test(
  'refuses another schema before anything else',
  refuses,
  'name = "sample"\nnew = 1\nschema = 2\n',
  3,
  /'schema' must be 1/,
);
test('refuses a missing name', refuses, 'schema = 1\n', 1, /'name' is missing/);
test('refuses a name that is a path', refuses, 'schema = 1\nname = "../x"\n', 2, /'name' must be/);
test('refuses a credential without from', refuses, `${head}\n[credentials.A]\n`, 4, /'from' is missing/);
test(
  'refuses what is no reference',
  refuses,
  `${head}[credentials.A]\nfrom = "openai"\n`,
  4,
  /'from' is not a reference/,
);
test(
  'refuses an unknown delivery mode',
  refuses,
  `${head}[credentials.A]\nfrom = "vault:a"\ndeliver = "fax"\n`,
  5,
  /'deliver'/,
);
test(
  'refuses an unknown release',
  refuses,
  `${head}[credentials.A]\nfrom = "vault:a"\nrelease = "now"\n`,
  5,
  /auto or approve/,
);
test(
  'refuses a variable set twice',
  refuses,
  `${head}[credentials.A]\nfrom = "vault:a"\n[environment.set]\nA = "1"\n`,
  6,
  /'A' is the target/,
);
test('refuses a key given twice', refuses, `${head}name = "other"\n`, 3, /defines a key twice/);
test(
  'refuses a list where text belongs',
  refuses,
  `${head}description = ["x"]\n`,
  3,
  /'description' must be text/,
);
test('refuses a number in a list', refuses, `${head}match = ["x", 1]\n`, 3, /'match' must list only text/);
test('refuses a date', refuses, `${head}description = 1979-05-27\n`, 3, /dates/);
test(
  'refuses a date where a table belongs',
  refuses,
  `${head}environment = 1979-05-27T07:32:00Z\n`,
  3,
  /dates/,
);
test('refuses a number beyond 2^53', refuses, `schema = 9223372036854775807\n`, 1, /very large numbers/);
test(
  'refuses a list of tables',
  refuses,
  `${head}[[credentials]]\nfrom = "vault:a"\n`,
  3,
  /'credentials' must be a table/,
);
test(
  'refuses a list to pass that would have no effect',
  refuses,
  `${head}[environment]\ninherit = "none"\npass = ["LANG"]\n`,
  5,
  /has an effect only with inherit = 'minimal'/,
);
test('refuses a command without a program', refuses, `${head}command = []\n`, 3, /begin with the program/);
test('refuses a command with a NUL', refuses, `${head}command = ["a\\u0000b"]\n`, 3, /NUL/);
test('refuses a match with a directory', refuses, `${head}match = ["/bin/ls"]\n`, 3, /without a directory/);
test('refuses a star alone', refuses, `${head}[environment]\nunset = ["*"]\n`, 4, /'unset' must list/);
test(
  'refuses a star in the middle',
  refuses,
  `${head}[environment]\npass = ["A*B"]\n`,
  4,
  /'pass' must list/,
);
test(
  'refuses text that turns around on a terminal',
  refuses,
  `${head}description = "a\\u202Eb"\n`,
  3,
  /visible/,
);
test(
  'refuses a variable that is no name',
  refuses,
  `${head}[credentials."A B"]\nfrom = "vault:a"\n`,
  3,
  /^a key is not a name/,
);
test(
  'refuses an environment that no launch could carry',
  refuses,
  `${head}environment.set.A = "${'x'.repeat(17_000)}"\n`,
  3,
  /bytes/,
);
test(
  'refuses a __proto__ key',
  refuses,
  `${head}[environment]\nset = { __proto__ = "x" }\n`,
  4,
  /reserved name/,
);
test('refuses a __proto__ table', refuses, `${head}[__proto__]\napproved = true\n`, 3, /reserved name/);
test(
  'refuses a text nested too deeply',
  refuses,
  `${head}environment.set.a.b.c.d.e.f.g.h = "x"\n`,
  3,
  /nested too deeply/,
);
test(
  'refuses a text of thousands of brackets',
  refuses,
  `a = ${'['.repeat(30_000)}`,
  1,
  /nested too deeply|not TOML/,
);

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join('');
test('names the mistake that stands first', refuses, `${head}zeta = 1\ndescription = 1\n`, 3, /zeta/);
test('refuses a program without a name', refuses, `${head}command = [""]\n`, 3, /begin with the program/);
test('refuses a long description', refuses, `${head}description = "${'x'.repeat(201)}"\n`, 3, /200/);
test(
  'refuses 65 credentials',
  refuses,
  head + many(65, (index) => `[credentials.A${index}]\nfrom = "vault:a"\n`),
  3,
  /at most 64/,
);
test(
  'refuses 129 settings',
  refuses,
  head + many(129, (index) => `environment.set.A${index} = ""\n`),
  3,
  /at most 128/,
);
test(
  'refuses 129 patterns',
  refuses,
  `${head}environment.unset = [${many(129, () => '"A",')}]\n`,
  3,
  /at most 128/,
);
test(
  'refuses 129 commands to match',
  refuses,
  `${head}match = [${many(129, () => '"a",')}]\n`,
  3,
  /at most 128/,
);

for (const name of [
  'PATH',
  'LD_PRELOAD',
  'LD_AUDIT',
  'BASH_ENV',
  'ENV',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'PERL5OPT',
  'RUBYOPT',
  'NODE_OPTIONS',
  'GIT_SSH_COMMAND',
  'GIT_CONFIG_KEY_0',
  'AGENTKEYS_HOME',
]) {
  const rule = new RegExp(`^'${name}' must not be set`);
  test(
    `refuses a credential named ${name}`,
    refuses,
    `${head}[credentials.${name}]\nfrom = "vault:a"\n`,
    3,
    rule,
  );
  test(`refuses to set ${name}`, refuses, `${head}[environment.set]\n${name} = "x"\n`, 4, rule);
}

test('prototypes stay clean', (t) => {
  refusalOf(t, () =>
    parseText(`${head}[__proto__]\napproved = true\n[constructor.prototype]\napproved = true\n`),
  );
  t.is(Reflect.get({}, 'approved'), undefined);
});

test('no error shows a value of the file or a key that could be one', (t) => {
  const canary = `sk-${randomBytes(12).toString('hex')}`;
  const texts = [
    `${head}description = ${canary}\n`,
    `${head}description = "${canary}\n`,
    `${head}${canary}\n`,
    `${head}"${canary}" = 1\n`,
    `${head}[environment.set]\n"${canary}" = "x"\n`,
    `${head}[credentials.A]\nfrom = "${canary}"\n`,
    `${head}[credentials.A]\nfrom = "vault:a"\nrelease = "${canary}"\n`,
    `${head}match = ["a/${canary}"]\n`,
    `schema = "${canary}"\n`,
    `schema = 1\nname = "${canary.toUpperCase()}"\n`,
    `${head}[environment]\npass = ["${canary}"]\n`,
    `${head}# ${canary}\nname = "x"\n`,
  ];
  for (const text of texts) {
    const error = refusalOf(t, () => parseText(text));
    const shown = `${inspect(error, { depth: 9 })}${error.hint}${JSON.stringify(error.context)}`;
    t.false(shown.toLowerCase().includes(canary.slice(3)), text.replaceAll(canary, '…'));
  }
});

test('whatever the text, parsing ends with a profile or one of our errors', (t) => {
  const piece = fc.constantFrom(
    'schema = 1\n',
    'name = "a"\n',
    '[credentials.A]\n',
    'from = "vault:a"\n',
    '[environment]\n',
    'set = {',
    '}',
    '"""',
    "'''",
    '\n',
    '[[',
    ']]',
    '# x\n',
    '\\u0000',
    '= 1',
    '\u2028',
    '1979-05-27',
    '-0',
    'nan',
    '1e999',
  );
  const text = fc
    .array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 30 })
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (sample) => {
      try {
        parseText(sample);
      } catch (error) {
        if (!isAgentKeysError(error) || error.code !== 'PROFILE_INVALID') throw error;
      }
    }),
    { numRuns: 500 },
  );
  t.pass();
});
