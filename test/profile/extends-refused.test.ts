import test, { type ExecutionContext } from 'ava';
import { createSystemClock } from '../../src/core/clock.ts';
import { parseProfileName } from '../../src/core/ids.ts';
import { createProfileStore } from '../../src/profile/store.ts';
import { createDirectory, openFile, profileChecks, refusalOf, writeProfile } from '../support/profiles.ts';

const textOf = (name: string, bases: readonly string[], rest = '') =>
  `schema = 1\nname = "${name}"\n\nextends = ${JSON.stringify(bases)}\n${rest}`;

type Profiles = Readonly<Record<string, readonly [readonly string[], string?]>>;

function createProfiles(t: ExecutionContext, profiles: Profiles) {
  const directory = createDirectory(t);
  for (const [own, [bases, rest]] of Object.entries(profiles))
    writeProfile(directory, own, textOf(own, bases, rest));
  const opened: string[] = [];
  const store = createProfileStore({
    ...profileChecks,
    directories: [directory],
    openFile: (path) => {
      opened.push(path);
      return openFile(path);
    },
    ownUid: process.getuid?.() ?? -1,
    clock: createSystemClock(),
  });
  const place = (of: string, line: number) => ({ file: `${directory}/${of}.toml`, line });
  return { opened, place, resolve: () => store.resolve(parseProfileName('own')) };
}

function refuse(t: ExecutionContext, profiles: Profiles) {
  const { opened, place, resolve } = createProfiles(t, profiles);
  return { opened, place, error: refusalOf(t, resolve) };
}

const refuses = test.macro((t, profiles: Profiles, of: string, line: number, rule: RegExp) => {
  const { error, place } = refuse(t, profiles);
  t.is(error.code, 'PROFILE_INVALID');
  t.like(error.context, place(of, line));
  t.regex(String(error.context.rule), rule);
});

test('a profile that extends itself', refuses, { own: [['own']] }, 'own', 4, /began: own → own$/);
test(
  'a circle, told with its names',
  refuses,
  { own: [['one']], one: [['two']], two: [['three']], three: [['one']] },
  'three',
  4,
  /began: one → two → three → one$/,
);
test(
  'a base that does not exist, told with the nearest',
  refuses,
  { own: [['base']], basis: [[]], other: [[]] },
  'own',
  4,
  /^'extends' lists 'base' that does not exist; the nearest that does is 'basis'$/,
);
test(
  'a base of a base that does not exist, at the base',
  refuses,
  { own: [['one']], one: [['absent']] },
  'one',
  4,
  /'absent'/,
);
test(
  'a base that is wrong by itself, at its own line',
  refuses,
  { own: [['base']], base: [[], 'agent.umask = 1\n'] },
  'base',
  5,
  /'umask' must be text/,
);

const chainOf = (length: number): Profiles =>
  Object.fromEntries([
    ['own', [['p1']]],
    ...Array.from({ length: length - 2 }, (_, index) => [`p${index + 1}`, [[`p${index + 2}`]]]),
    [`p${length - 1}`, [[]]],
  ]);

test('nine profiles in a row', refuses, chainOf(9), 'p7', 4, /more than 8 profiles$/);
test(
  '33 profiles in all',
  refuses,
  Object.fromEntries([
    ['own', [['a', 'b']]],
    ...['a', 'b'].map((name) => [name, [Array.from({ length: 15 }, (_, index) => `${name}${index}`)]]),
    ...['a', 'b'].flatMap((name) => Array.from({ length: 15 }, (_, index) => [`${name}${index}`, [[]]])),
  ]),
  'own',
  4,
  /more than 32 profiles$/,
);

test('eight profiles in a row are not too many', (t) => {
  t.is(createProfiles(t, chainOf(8)).resolve()?.files.length, 8);
});

test('a thicket of bases is looked at once each', (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const layer = (index: number) => names.map((name) => `${name}${index}`);
  const profiles = Object.fromEntries([
    ['own', [layer(0)]],
    ...[0, 1, 2, 3, 4].flatMap((index) => layer(index).map((name) => [name, [layer(index + 1)]])),
    ...layer(5).map((name) => [name, [[]]]),
  ]) as Profiles;
  const { error, opened } = refuse(t, profiles);
  t.regex(String(error.context.rule), /more than 32 profiles/);
  t.true(opened.length < 32 * 16);
});

test('100,000 bases are more than a profile may have', (t) => {
  const { error, place } = refuse(t, { own: [Array.from({ length: 10_000 }, () => 'a')] });
  t.like(error.context, { ...place('own', 4), rule: "'extends' must have at most 16 entries" });
  const bases = Array.from({ length: 100_000 }, () => 'a');
  t.like(refuse(t, { own: [bases] }).error.context, { line: 1, rule: 'the file has more than 65536 bytes' });
});

test(
  'a credential that a base sets as a variable, at the credential',
  refuses,
  {
    base: [[], '[environment.set]\nA = "1"\n'],
    own: [['base'], '\n[credentials.A]\nfrom = "vault:a"\n'],
  },
  'own',
  6,
  /^together with what it extends: 'A' is the target of a credential and of environment.set$/,
);
test(
  'a variable that a base has as a credential, at the variable',
  refuses,
  {
    base: [[], '[credentials.A]\nfrom = "vault:a"\n'],
    own: [['base'], '[environment]\nset = { A = "1" }\n'],
  },
  'own',
  6,
  /'A' is the target/,
);
test(
  'two bases that do not go together, at the later one',
  refuses,
  {
    left: [[], '[credentials.A]\nfrom = "vault:a"\n'],
    right: [[], 'environment.set.A = "1"\n'],
    own: [['left', 'right']],
  },
  'right',
  5,
  /'A' is the target/,
);
test(
  'a list to pass that would lose its effect, at what takes it',
  refuses,
  {
    base: [[], '[environment]\ninherit = "minimal"\npass = ["A"]\n'],
    own: [['base'], '[environment]\n\ninherit = "caller"\n'],
  },
  'own',
  7,
  /'pass' has an effect only/,
);
test(
  'pauses that are the wrong way round only together',
  refuses,
  {
    base: [[], 'supervise.backoff.first = "50s"\nsupervise.max_starts.within = "1h"\n'],
    own: [['base'], 'supervise.backoff.max = "10s"\n'],
  },
  'own',
  5,
  /'max' must be at least as long as 'first'/,
);

const credentials = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `[credentials.${prefix}${index}]\nfrom = "vault:a"\n`).join('');
const settings = (count: number, prefix: string, value = '') =>
  Array.from({ length: count }, (_, index) => `environment.set.${prefix}${index} = "${value}"\n`).join('');

test(
  'more than 64 credentials together',
  refuses,
  { base: [[], credentials(33, 'A')], own: [['base'], credentials(32, 'B')] },
  'own',
  5,
  /'credentials' must have at most 64 entries/,
);
test(
  'more than 128 settings together',
  refuses,
  { base: [[], settings(65, 'A')], own: [['base'], settings(64, 'B')] },
  'own',
  5,
  /'set' must have at most 128 entries/,
);
test(
  'more bytes than a launch can carry together',
  refuses,
  { base: [[], settings(9, 'A', 'x'.repeat(1000))], own: [['base'], settings(9, 'B', 'x'.repeat(1000))] },
  'own',
  5,
  /'environment' has more than/,
);
