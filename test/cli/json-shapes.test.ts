/** The forms of JSON that scripts rely on: fields may be added to a form, never renamed or taken away. docs/json.md lists them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createHome, firstLine, type Home } from '../support/daemon.ts';

/** A form: the type's name, `null` added where it may be, `[form]` for a list, a table of forms. */
type Form = string | readonly [Form] | { readonly [key: string]: Form };

/** Every field, in order; what is an empty list in the sample is not looked into. */
function fits(t: ExecutionContext, value: unknown, form: Form, at: string): void {
  if (typeof form === 'string') {
    const name = value === null ? 'null' : typeof value;
    t.true(form.split('|').includes(name), `${at} is ${name}`);
  } else if (Array.isArray(form)) {
    t.true(Array.isArray(value), at);
    for (const item of value as unknown[]) fits(t, item, form[0], `${at}[]`);
  } else {
    const table = value as Record<string, unknown>;
    t.deepEqual(Object.keys(table), Object.keys(form), at);
    for (const [key, inner] of Object.entries(form)) fits(t, table[key], inner, `${at}.${key}`);
  }
}

const error = { code: 'string', message: 'string', hint: 'string' };
const origins: Form = [{ key: 'string', file: 'string', line: 'number' }];
const record = {
  seq: 'number',
  ts: 'string',
  event: 'string',
  agent_id: 'string|null',
  session: 'string|null',
  profile: 'string|null',
  service: 'string|null',
  backend: 'string|null',
  delivery: 'string|null',
  uid: 'number|null',
  pid: 'number|null',
  reason: 'string|null',
  code: 'string|null',
  prev: 'string',
  hash: 'string',
  mac: 'string',
};

const forms: Readonly<Record<string, Form>> = {
  status: {
    version: 'string',
    mode: 'string',
    broker: { pid: 'number' },
    spawner: { pid: 'number' },
    vault: { locked: 'boolean', present: 'boolean', state: 'string' },
    sessions: 'number',
    hardening: 'string',
    since: 'string',
    memory: 'string',
    audit: { durability: 'string' },
    home: { config: 'string', state: 'string', run: 'string', socket: 'string' },
  },
  ps: [
    {
      agent_id: 'string',
      session: 'string',
      profile: 'string',
      pid: 'number',
      monitor: { pid: 'number' },
      state: 'string',
      started: 'string',
      credentials: [{ name: 'string', service: 'string', delivery: 'string', grade: 'string' }],
    },
  ],
  list: [{ service: 'string', version: 'number', updated: 'string', last_used: 'string|null' }],
  'audit verify': {
    ok: 'boolean',
    records: 'number',
    last_seq: 'number',
    unsealed: 'number',
    unsealed_ms: 'number',
  },
  'audit tail -n 1': record,
  'audit show --event store': record,
  'profile list': [
    {
      name: 'string',
      source: 'string',
      file: 'string',
      shadowed: 'boolean',
      description: 'string|null',
      grants: [{ name: 'string', from: 'string', delivery: 'string', grade: 'string' }],
      error: 'null',
    },
  ],
  'profile show demo': {
    name: 'string',
    file: 'string',
    files: ['string'],
    profile: {
      schema: 'number',
      name: 'string',
      description: 'string',
      match: ['string'],
      credentials: { DEMO_API_KEY: { from: 'string', deliver: 'string', release: 'string' } },
      environment: { inherit: 'string', pass: ['string'], unset: ['string'], set: {} },
      agent: { limits: {}, may_run: ['string'], lease: 'string' },
      supervise: {
        restart: 'string',
        backoff: { first: 'string', max: 'string' },
        max_starts: { count: 'number', within: 'string' },
        stop: { signal: 'string', timeout: 'string' },
        on_rotation: 'string',
      },
      limits: {},
    },
    origins,
  },
  'profile check demo': [
    {
      profile: 'string',
      file: 'string|null',
      ok: 'boolean',
      error: 'null',
      refused: [{ key: 'string', rule: 'string' }],
      credentials: [{ name: 'string', from: 'string', stored: 'string|null' }],
    },
  ],
  'profile explain demo': {
    name: 'string',
    description: 'string|null',
    file: 'string',
    files: ['string'],
    credentials: [
      {
        name: 'string',
        from: 'string',
        stored: 'string|null',
        delivery: 'string',
        grade: 'string',
        readers: 'string',
        release: 'string',
        cache: 'null',
      },
    ],
    environment: [{ rule: 'string', effect: 'string' }],
    agent: [{ rule: 'string', effect: 'string' }],
    refused: [{ key: 'string', rule: 'string' }],
    origins,
  },
  doctor: [{ check: 'string', state: 'string', detail: 'string', hint: 'string|null' }],
};

async function prepare(t: ExecutionContext): Promise<Home> {
  const home = createHome(t);
  await home.store('demo', 'value');
  const agent = home.start(['run', '-p', 'demo', '--', 'sh', '-c', 'echo started; exec cat']);
  t.is(await firstLine(agent), 'started');
  return home;
}

test('every form is as it is written down', async (t) => {
  const home = await prepare(t);
  for (const [verb, form] of Object.entries(forms)) {
    const { stdout, stderr } = await home.run([...verb.split(' '), '--json']);
    t.is(stderr, '', verb);
    t.is(stdout.toString().split('\n').length, 2, `${verb} is one line`);
    fits(t, JSON.parse(stdout.toString()), form, verb);
  }
});

test('every form has a row in docs/json.md, and every row a form', (t) => {
  const page = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z ]+)` \|/gm)].map(([, verb]) => verb);
  const verbs = Object.keys(forms).map((line) => line.replace(/ (?:-n 1|--event store|demo)$/, ''));
  t.deepEqual(rows.toSorted(), [...verbs, 'every error'].toSorted());
});

test('nothing is an empty list', async (t) => {
  const home = createHome(t);
  await home.run(['init']);
  for (const verb of ['ps', 'list', 'profile check'])
    t.is((await home.run([...verb.split(' '), '--json'])).stdout.toString(), '[]\n', verb);
});

for (const [words, code] of [
  [['status'], 69],
  [['ps'], 69],
  [['audit', 'verify'], 78],
  [['audit', 'tail'], 78],
  [['audit', 'show'], 78],
  [['audit', 'show', '--since', 'never'], 2],
  [['profile', 'show', 'absent'], 78],
  [['profile', 'explain', 'absent'], 78],
  [['profile', 'check', 'No_Name'], 2],
] as const) {
  test(`the error of ${words.join(' ')} is one object on stderr`, async (t) => {
    const ended = await createHome(t).run([...words, '--json']);
    t.is(ended.code, code);
    t.is(ended.stdout.length, 0);
    fits(t, JSON.parse(ended.stderr), { error }, 'error');
  });
}

test('a broken profile stands in lists with its error', async (t) => {
  const home = createHome(t);
  const directory = join(home.directory, 'config/profiles');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, 'broken.toml'), 'schema = 2\n', { mode: 0o600 });
  for (const [verb, code] of [
    ['list', 1],
    ['check', 78],
  ] as const) {
    const ended = await home.run(['profile', verb, '--json']);
    t.is(ended.code, code);
    const rows: { error: unknown }[] = JSON.parse(ended.stdout.toString());
    fits(t, rows.find((row) => row.error !== null)?.error, error, verb);
  }
});
