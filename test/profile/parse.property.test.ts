import test from 'ava';
import fc from 'fast-check';
import { isAgentKeysError } from '../../src/core/errors.ts';
import type { Profile } from '../../src/profile/profile.ts';
import { head, parseText } from '../support/profiles.ts';
import { holds } from '../support/properties.ts';

interface Table {
  readonly [key: string]: Value;
}
type Value = string | number | boolean | readonly Value[] | Table;

/** TOML as a person could have written it; `undefined` is left out. */
function print(source: Table): string {
  return Object.entries(source)
    .map(([key, value]) => `${printKey(key)} = ${printValue(value)}\n`)
    .join('');
}

function printValue(value: Value): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(printValue).join(', ')}]`;
  const members = Object.entries(value).map(([key, inner]) => `${printKey(key)} = ${printValue(inner)}`);
  return `{ ${members.join(', ')} }`;
}

/** JSON's text is TOML's, but for the delete character. */
const quote = (text: string) => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
const printKey = (key: string) => (/^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key));

/** What the profile would have to say to be this one. */
function printProfile(profile: Profile): string {
  const ms = (value: number) => `${value}ms`;
  const { agent, supervise, limits, environment } = profile;
  const { memoryBytes, ...others } = agent.limits;
  const grants = [...profile.credentials].map(([name, { cache, ...grant }]) => {
    const kept = cache === undefined ? {} : { cache: { idle: ms(cache.idleMs), max: ms(cache.maxMs) } };
    return [name, { ...grant, ...kept }] as const;
  });
  return print({
    schema: 1,
    name: profile.name,
    ...(profile.description === undefined ? {} : { description: profile.description }),
    match: profile.match,
    ...(profile.allow === undefined ? {} : { allow: { ...profile.allow } }),
    ...(profile.command === undefined ? {} : { command: profile.command }),
    credentials: Object.fromEntries(grants),
    environment: { ...environment, set: Object.fromEntries(environment.set) },
    agent: {
      ...(agent.user === undefined ? {} : { user: agent.user }),
      ...(agent.cwd === undefined ? {} : { cwd: agent.cwd }),
      ...(agent.umask === undefined ? {} : { umask: `0${agent.umask.toString(8).padStart(3, '0')}` }),
      limits: { ...others, ...(memoryBytes === undefined ? {} : { memory: `${memoryBytes}B` }) },
      may_run: agent.mayRun,
      lease: agent.lease,
    },
    supervise: {
      restart: supervise.restart,
      backoff: { first: ms(supervise.backoff.firstMs), max: ms(supervise.backoff.maxMs) },
      max_starts: { count: supervise.maxStarts.count, within: ms(supervise.maxStarts.withinMs) },
      stop: { signal: supervise.stop.signal, timeout: ms(supervise.stop.timeoutMs) },
      on_rotation: supervise.onRotation,
    },
    limits: {
      ...(limits.readsPerMinute === undefined ? {} : { reads_per_minute: limits.readsPerMinute }),
      ...(limits.maxAgeMs === undefined ? {} : { max_age: ms(limits.maxAgeMs) }),
    },
  });
}

const some = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] });
const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}$/);
const duration = fc.constantFrom('1ms', '90s', '10m', '24h', '365d');
/** Rules that contradict each other are refused: a limit is never below what it limits, nor below its default. */
const short = fc.constantFrom('1ms', '1s');
const long = fc.constantFrom('60s', '10m', '365d');
const argument = fc.string({ unit: 'grapheme', maxLength: 12 });
const variable = fc.stringMatching(/^X[A-Z0-9_]{1,9}$/);
const grant = fc
  .tuple(
    fc.constantFrom('vault:openai', 'vault:a'),
    some({
      deliver: fc.constant('env'),
      release: fc.constantFrom('auto', 'approve'),
      cache: fc.oneof(fc.boolean(), some({ idle: short, max: long })),
    }),
  )
  .map(([from, rest]) => ({ from, ...rest }));

/** Only what a profile may say. */
const sound: fc.Arbitrary<Table> = some({
  description: fc.stringMatching(/^[ -~äß日]{0,40}$/),
  match: fc.array(word, { maxLength: 3 }),
  allow: some({ users: fc.array(word, { maxLength: 2 }), groups: fc.array(word, { maxLength: 2 }) }),
  command: fc.array(argument, { maxLength: 3 }).map((rest) => ['agent', ...rest]),
  credentials: fc.dictionary(
    variable.map((name) => `${name}_KEY`),
    grant,
    { maxKeys: 3 },
  ),
  environment: some({
    inherit: fc.constantFrom('caller', 'none'),
    unset: fc.array(fc.constantFrom('AWS_*', 'LANG'), { maxLength: 2 }),
    set: fc.dictionary(
      variable.map((name) => `${name}_SET`),
      argument,
      { maxKeys: 3 },
    ),
  }),
  agent: some({
    user: word,
    cwd: fc.constantFrom('/', '/srv/agent'),
    umask: fc.constantFrom('077', '0022'),
    limits: some({
      nofile: fc.integer({ min: 3, max: 9999 }),
      core: fc.nat(),
      memory: fc.constantFrom('2GB', '1B'),
    }),
    may_run: fc.array(word, { maxLength: 2 }),
    lease: fc.constantFrom('leader', 'tree'),
  }),
  supervise: some({
    restart: fc.constantFrom('never', 'always'),
    backoff: some({ first: short, max: long }),
    stop: some({ signal: fc.constantFrom('TERM', 'INT'), timeout: duration }),
    on_rotation: fc.constantFrom('none', 'signal:HUP'),
  }),
  limits: some({ reads_per_minute: fc.integer({ min: 1, max: 99 }), max_age: duration }),
}).map((rest) => ({ schema: 1, name: 'sample', ...rest }) as Table);

/** Maps as their entries, so that two profiles are compared whole. */
const plain = (profile: Profile) =>
  JSON.stringify(profile, (_, value) => (value instanceof Map ? [...value] : value));

test('a profile that is printed and parsed again is the same', (t) =>
  holds(
    t,
    'profile-stable',
    400,
    fc.property(sound, (source) => {
      const profile = parseText(print(source));
      t.is(plain(parseText(printProfile(profile))), plain(profile));
    }),
  ));

/** Every table of the source whose keys the schema names; in the others a key is a variable. */
function tablesOf(source: Table, path: readonly string[] = []): string[][] {
  const isOpen = path.join('.') === 'credentials' || path.join('.') === 'environment.set';
  const inner = Object.entries(source).flatMap(([key, value]) =>
    typeof value === 'object' && !Array.isArray(value) ? tablesOf(value as Table, [...path, key]) : [],
  );
  return isOpen ? inner : [[...path], ...inner];
}

function withKey(source: Table, path: readonly string[], key: string): Table {
  const [first, ...rest] = path;
  if (first === undefined) return { ...source, [key]: 1 };
  return { ...source, [first]: withKey(source[first] as Table, rest, key) };
}

test('a key that is unknown is refused, at whatever depth', (t) =>
  holds(
    t,
    'profile-unknown-key',
    400,
    fc.property(sound, fc.nat(), fc.stringMatching(/^zz[a-z]{0,8}$/), (source, place, key) => {
      const tables = tablesOf(source);
      const path = tables[place % tables.length] ?? [];
      const error = refused(print(withKey(source, path, key)));
      t.is(error?.code, 'PROFILE_INVALID');
      t.regex(String(error?.context.rule), /not a known key|a key here is unknown/);
    }),
  ));

function refused(text: string) {
  try {
    parseText(text);
    return undefined;
  } catch (error) {
    if (isAgentKeysError(error)) return error;
    throw error;
  }
}

/** What a password or a key looks like: letters of both kinds, digits, dashes. */
const token = fc.oneof(
  fc.stringMatching(/^sk-[A-Za-z0-9]{16,40}$/),
  fc.stringMatching(/^[0-9a-f]{32}$/),
  fc.stringMatching(/^[A-Za-z0-9+]{12}[0-9][A-Za-z0-9+=]{12}$/),
  fc.stringMatching(/^AKIA[A-Z2-7]{16}$/),
);
/** Where people put one by mistake. */
const misplaced: readonly ((value: string) => string)[] = [
  (value) => `${head}${value}\n`,
  (value) => `${head}"${value}" = 1\n`,
  (value) => `${head}x = ${value}\n`,
  (value) => `${head}x = "${value}\n`,
  (value) => `${head}[credentials.${value}]\nfrom = "vault:a"\n`,
  (value) => `${head}[credentials."${value}"]\nfrom = 1\n`,
  (value) => `${head}[credentials.A]\nfrom = "${value}"\n`,
  (value) => `${head}[credentials.A]\nfrom = "vault:a"\ndeliver = "${value}"\n`,
  (value) => `${head}[environment.set]\n"${value}" = "x"\n`,
  (value) => `${head}[environment]\ninherit = "${value}"\n`,
  (value) => `${head}[environment]\npass = ["${value} "]\n`,
  (value) => `${head}[agent]\numask = "${value}"\n`,
  (value) => `${head}[agent.limits]\nmemory = "${value}"\n`,
  (value) => `${head}[supervise.stop]\nsignal = "${value}"\n`,
  (value) => `${head}[${value}]\na = 1\n[${value}]\n`,
  (value) => `schema = "${value}"\n`,
  (value) => `schema = 1\nname = " ${value}"\n`,
  (value) => `${head}# ${value}\nx = 1\n`,
];

test('no six characters of what looks like a secret are in a message, wherever it was put', (t) =>
  holds(
    t,
    'profile-leak',
    1500,
    fc.property(fc.constantFrom(...misplaced), token, (place, value) => {
      const error = refused(place(value));
      if (error === undefined) return;
      const shown = `${error.message}\n${error.hint}\n${JSON.stringify(error.context)}`;
      for (let at = 0; at + 6 <= value.length; at += 1)
        t.false(shown.includes(value.slice(at, at + 6)), shown);
    }),
  ));

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      'schema = 1\n',
      'name = "a"\n',
      '[agent]\n',
      '[[',
      ']]',
      '"""',
      "'''",
      '\n',
      '\\u0000',
      '= {',
      '}',
      ',',
      '.',
    ],
    ...[
      '1979-05-27',
      'nan',
      '-0',
      '0x1p',
      '[credentials.A]\n',
      'from = "vault:a"\n',
      '__proto__',
      '\u2028',
      '#',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

test('whatever the text, parsing ends with a profile or with one of our errors that names file and line', (t) =>
  holds(
    t,
    'profile-any-text',
    1500,
    fc.property(
      fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
      (text) => {
        const error = refused(text);
        if (error === undefined) return;
        t.is(error.code, 'PROFILE_INVALID');
        t.is(error.context.file, 'sample.toml');
        const line = Number(error.context.line);
        t.true(Number.isInteger(line) && line >= 1 && line <= text.split('\n').length + 1, `${line}`);
      },
    ),
  ));
