import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createSystemClock } from '../../src/core/clock.ts';
import { parseProfileName } from '../../src/core/ids.ts';
import { createProfileStore } from '../../src/profile/store.ts';
import { createDirectory, openFile, profileChecks, refusalOf, writeProfile } from '../support/profiles.ts';

function createStore(...directories: string[]) {
  const ownUid = process.getuid?.() ?? -1;
  return createProfileStore({ ...profileChecks, directories, openFile, ownUid, clock: createSystemClock() });
}

const matching = (name: string, ...commands: string[]) =>
  `schema = 1\nname = "${name}"\nmatch = ${JSON.stringify(commands)}\n`;

test('finds the profile that lists the command', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  writeProfile(directory, 'two', matching('two', 'claude', 'claude-code'));
  t.is(createStore(directory).match('claude-code')?.name as string, 'two');
});

test('finds nothing for a command that no profile lists', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  t.is(createStore(directory).match('l'), undefined);
  t.is(createStore(directory).match('one'), undefined);
});

test('the first directory with a match wins', (t) => {
  const [first, second] = [createDirectory(t), createDirectory(t)];
  writeProfile(first, 'zeta', matching('zeta', 'ls'));
  writeProfile(second, 'alpha', matching('alpha', 'ls'));
  t.is(createStore(first, second).match('ls')?.name as string, 'zeta');
});

test('a profile hides one of its name in a later directory, also when it does not match', (t) => {
  const [first, second] = [createDirectory(t), createDirectory(t)];
  writeProfile(first, 'one', matching('one'));
  writeProfile(second, 'one', matching('one', 'ls'));
  t.is(createStore(first, second).match('ls'), undefined);
});

test('refuses two profiles of one directory with the same command', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  const file = writeProfile(directory, 'two', matching('two', 'ls'));
  const error = refusalOf(t, () => createStore(directory).match('ls'));
  t.is(error.code, 'PROFILE_INVALID');
  t.deepEqual([error.context.file, error.context.line], [file, 3]);
  t.regex(error.message, /'one'/);
});

test('refuses to choose while a profile of the directory is broken', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  writeProfile(directory, 'broken', 'schema = 1\n');
  const error = refusalOf(t, () => createStore(directory).match('ls'));
  t.is(error.code, 'PROFILE_INVALID');
  t.is(error.context.file, join(directory, 'broken.toml'));
  t.regex(error.hint, /choose another one with -p NAME/);
});

test("refuses to choose while a profile may be another person's, and says how to choose", (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  chmodSync(writeProfile(directory, 'open', matching('open')), 0o666);
  const error = refusalOf(t, () => createStore(directory).match('ls'));
  t.is(error.code, 'PROFILE_UNSAFE');
  t.regex(error.hint, /choose another one with -p NAME/);
});

test('a broken profile does not keep another one from being chosen by its name', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  writeProfile(directory, 'broken', 'schema = 1\n');
  const store = createStore(directory);
  t.is(store.find(parseProfileName('one'))?.name as string, 'one');
  const error = refusalOf(t, () => store.find(parseProfileName('broken')));
  t.notRegex(error.hint, /-p NAME/);
});

test('chooses by what a file says itself, and gives it with what it extends', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'base', `${matching('base', 'sh')}agent.umask = "0077"\n`);
  writeProfile(directory, 'one', `${matching('one', 'ls')}extends = ["base"]\n`);
  writeProfile(directory, 'other', `${matching('other', 'cat')}extends = ["absent"]\n`);
  const store = createStore(directory);
  t.is(store.match('ls')?.agent.umask, 0o077);
  t.is(store.match('sh')?.name as string, 'base');
  t.is(refusalOf(t, () => store.match('cat')).code, 'PROFILE_INVALID');
});

test('leaves alone what is no profile', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'one', matching('one', 'ls'));
  for (const name of ['.#one.toml', 'one.toml~', 'README']) writeFileSync(join(directory, name), 'x');
  t.is(createStore(directory).match('ls')?.name as string, 'one');
});
