import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createSystemClock } from '../../src/core/clock.ts';
import { parseProfileName } from '../../src/core/ids.ts';
import { createMissingError } from '../../src/profile/missing.ts';
import { createProfileStore } from '../../src/profile/store.ts';
import { createDirectory, openFile, profileChecks, refusalOf, writeProfile } from '../support/profiles.ts';

function createStore(...directories: string[]) {
  const ownUid = process.getuid?.() ?? -1;
  return createProfileStore({ ...profileChecks, directories, openFile, ownUid, clock: createSystemClock() });
}

test('lists every file with where it is from, what hides it and what is wrong with it', (t) => {
  const [user, system, packaged] = [createDirectory(t), createDirectory(t), createDirectory(t)];
  writeProfile(packaged, 'default');
  writeProfile(packaged, 'tool');
  writeProfile(user, 'tool', 'schema = 1\nname = "tool"\nextends = ["default"]\n');
  writeProfile(user, 'broken', 'schema = 1\nname = "broken"\nextends = ["absent"]\n');
  writeFileSync(join(user, '.tool.toml'), 'x');
  const rows = createStore(user, system, packaged).list();
  t.deepEqual(
    rows.map(({ name, source, isShadowed, resolved, error }) => ({
      name,
      source,
      isShadowed,
      files: resolved?.files.length,
      code: error?.code,
    })),
    [
      { name: 'broken', source: 'user', isShadowed: false, files: undefined, code: 'PROFILE_INVALID' },
      { name: 'tool', source: 'user', isShadowed: false, files: 2, code: undefined },
      { name: 'default', source: 'packaged', isShadowed: false, files: 1, code: undefined },
      { name: 'tool', source: 'packaged', isShadowed: true, files: 1, code: undefined },
    ],
  );
  t.is(rows[0]?.file, join(user, 'broken.toml'));
});

const tells = test.macro((t, name: string, nearest: string | undefined) => {
  const directory = createDirectory(t);
  for (const known of ['default', 'claude', 'codex']) writeProfile(directory, known);
  writeProfile(directory, 'broken', 'x');
  const error = createMissingError(createStore(directory), parseProfileName(name));
  t.is(error.code, 'PROFILE_MISSING');
  const suggestion = nearest === undefined ? '' : `; the nearest is ${nearest}`;
  t.is(error.message, `there is no profile named ${name}${suggestion}`);
  t.true(error.hint.endsWith(`a path needs a slash, as in ./${name}.toml`));
});

test('a name with two letters the wrong way round is told the right one', tells, 'cluade', 'claude');
test('a name with a letter too few is told the right one', tells, 'codx', 'codex');
test('a name of its own is told none', tells, 'aider', undefined);
test('a broken profile is not suggested', tells, 'brokn', undefined);

test('a file whose name no profile can have is told so', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'Tool', 'schema = 1\nname = "tool"\n');
  t.is(createStore(directory).list()[0]?.error?.code, 'PROFILE_INVALID');
  t.is(refusalOf(t, () => createStore(directory).match('x')).code, 'PROFILE_INVALID');
});
