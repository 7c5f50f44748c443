import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createHome, type Home } from '../support/daemon.ts';

const narrow = `schema = 1
name = "narrow"
extends = ["ground"]

[credentials.NARROW_KEY]
from = "vault:narrow"
`;

const ground = `schema = 1
name = "ground"

[environment]
inherit = "minimal"
set = { SHOWN_NOWHERE = "canary" }

[limits]
max_age = "1h"
`;

/** A home with profiles of its own and no daemon. */
function prepare(t: ExecutionContext, profiles: Readonly<Record<string, string>> = { narrow, ground }): Home {
  const home = createHome(t);
  const directory = join(home.directory, 'config/profiles');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(profiles))
    writeFileSync(join(directory, `${name}.toml`), text, { mode: 0o600 });
  return home;
}

async function ask(home: Home, ...words: string[]) {
  const { code, stdout, stderr } = await home.run(['profile', ...words]);
  return { code, out: stdout.toString(), err: stderr, json: () => JSON.parse(stdout.toString()) };
}

test('no verb about profiles starts a daemon', async (t) => {
  const home = prepare(t);
  for (const words of [['list'], ['show', 'narrow'], ['check'], ['explain', 'narrow']])
    t.is((await ask(home, ...words)).code, words[0] === 'check' ? 78 : 0, words.join(' '));
  t.false(existsSync(join(home.directory, 'run')));
  t.false(existsSync(join(home.directory, 'state')));
});

test('a profile that hides another and one that is broken are listed as such', async (t) => {
  const home = prepare(t, { demo: 'schema = 1\nname = "demo"\n', broken: 'schema = 2\nname = "broken"\n' });
  const { code, out, err } = await ask(home, 'list');
  t.is(code, 1);
  t.regex(out, /^demo +user +ok +- /m);
  t.regex(out, /^demo +packaged +shadowed +DEMO_API_KEY=vault:demo\(E\) /m);
  t.regex(out, /^broken +user +broken +- /m);
  t.regex(err, /broken\.toml:1: /);
});

test('list ends with 0 where nothing is broken', async (t) => {
  t.is((await ask(prepare(t), 'list')).code, 0);
});

test('what show --resolved prints is the same profile without bases', async (t) => {
  const home = prepare(t);
  const { out } = await ask(home, 'show', 'narrow', '--resolved');
  writeFileSync(join(home.directory, 'config/profiles/narrow.toml'), out);
  const again = await ask(home, 'show', 'narrow', '--resolved');
  t.is(again.out, out);
  t.false(out.includes('extends'));
  t.true(out.includes('inherit = "minimal"'));
});

test('show prints the file as it stands, and what a terminal would act on escaped', async (t) => {
  const text = `${narrow}# tab\there, \u009b2J and \u202e\n`;
  const home = prepare(t, { narrow: text, ground });
  const { out } = await ask(home, 'show', 'narrow');
  t.is(out, text.replace('\u009b', '\\u009b').replace('\u202e', '\\u202e'));
});

test('each key is shown with the file and line that set it', async (t) => {
  const home = prepare(t);
  const { out } = await ask(home, 'show', 'narrow', '--origin');
  const directory = join(home.directory, 'config/profiles');
  t.true(out.includes(`from = "vault:narrow" # ${directory}/narrow.toml:6\n`));
  t.true(out.includes(`max_age = "1h" # ${directory}/ground.toml:9\n`));
});

test('a path is a file of the caller, a name is looked for', async (t) => {
  const home = prepare(t);
  const file = join(home.directory, 'elsewhere.toml');
  writeFileSync(file, ground);
  t.is(
    (await ask(home, 'check', file)).out,
    `${file}: valid, and cannot be launched\n  a launch is refused: limits.max_age is not enforced by this version\n`,
  );
  t.is((await ask(home, 'show', file)).out, ground);
  const absent = await ask(home, 'show', `${file}.not`);
  t.is(absent.code, 78);
  t.regex(absent.err, /elsewhere\.toml\.not is refused: it does not exist/);
  t.regex((await ask(home, 'explain', 'narow')).err, /no profile named narow; the nearest is narrow/);
});

test('check goes through every word, and ends with 78 if one is bad', async (t) => {
  const home = prepare(t, { narrow, ground, wrong: 'schema = 1\nname = "wrong"\nmatsch = ["x"]\n' });
  const { code, out } = await ask(home, 'check', 'wrong', 'narrow', 'absent');
  t.is(code, 78);
  t.regex(out, /^wrong: PROFILE_INVALID: .*wrong\.toml:3: 'matsch' is not a known key/m);
  t.regex(out, /^narrow: valid, and cannot be launched\n {2}a launch is refused: limits\.max_age/m);
  t.regex(out, /^absent: PROFILE_MISSING: /m);
  t.is((await ask(home, 'check')).code, 78);
  t.is((await ask(home, 'check', 'narrow')).code, 78);
  t.is((await ask(home, 'check', 'default')).code, 0);
});

test('a name that is none is a mistake of the command line', async (t) => {
  for (const verb of ['check', 'show', 'explain']) t.is((await ask(prepare(t), verb, 'No_Name')).code, 2);
});

test('a file that others can write is refused', async (t) => {
  const home = prepare(t);
  await home.command('chmod', ['666', join(home.directory, 'config/profiles/narrow.toml')]);
  const { code, out } = await ask(home, 'check', 'narrow');
  t.is(code, 78);
  t.regex(out, /PROFILE_UNSAFE: .*others can write/);
});

test('a daemon that runs says whether a credential is stored; without one nobody was asked', async (t) => {
  const home = prepare(t);
  t.regex((await ask(home, 'explain', 'narrow')).out, /stored +not asked: no daemon runs/);
  t.regex((await ask(home, 'check', 'narrow')).err, /not asked: no daemon runs/);
  await home.run(['init']);
  t.regex((await ask(home, 'explain', 'narrow')).out, /stored +no/);
  t.regex((await ask(home, 'check', 'narrow')).out, /NARROW_KEY: vault:narrow is missing/);
  await home.store('narrow', 'value');
  t.regex((await ask(home, 'explain', 'narrow')).out, /stored +yes/);
  t.false((await ask(home, 'check', 'narrow')).out.includes('missing'));
});

test('explain names what is set, and no value of it', async (t) => {
  const { out } = await ask(prepare(t), 'explain', 'narrow');
  t.regex(out, /set SHOWN_NOWHERE/);
  t.false(out.includes('canary'));
  t.regex(out, /grade +E: readable by every process of the same user/);
  t.regex(out, /limits\.max_age +.*ground\.toml:9/);
});
