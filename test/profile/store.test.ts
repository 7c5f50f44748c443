import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Clock, createSystemClock } from '../../src/core/clock.ts';
import { parseProfileName } from '../../src/core/ids.ts';
import { createProfileStore } from '../../src/profile/store.ts';
import {
  createDirectory,
  openDescriptor,
  openFile,
  profileChecks,
  refusalOf,
  writeProfile,
} from '../support/profiles.ts';

const ownUid = process.getuid?.() ?? -1;
/** An hour on: every file of the test has settled. */
const laterClock: Clock = { ...createSystemClock(), nowMs: () => Date.now() + 3_600_000 };

function createStore(directories: string[], clock = laterClock, uid = ownUid) {
  const opened: string[] = [];
  const store = createProfileStore({
    ...profileChecks,
    directories,
    clock,
    ownUid: uid,
    openFile: (path) => {
      opened.push(path);
      return openFile(path);
    },
  });
  return { ...store, opened, find: (name: string) => store.find(parseProfileName(name)) };
}

function refusesFile(t: ExecutionContext, directory: string, rule: RegExp): void {
  const error = refusalOf(t, () => createStore([directory]).find('sample'));
  t.is(error.code, 'PROFILE_UNSAFE');
  t.is(error.context.file, join(directory, 'sample.toml'));
  t.regex(String(error.context.rule), rule);
}

test('finds a profile in the first directory that has it', (t) => {
  const [first, second] = [createDirectory(t), createDirectory(t)];
  writeProfile(second, 'sample', 'schema = 1\nname = "sample"\ndescription = "second"\n');
  writeProfile(second, 'other');
  writeProfile(first, 'sample', 'schema = 1\nname = "sample"\ndescription = "first"\n');
  const store = createStore([first, second]);
  t.is(store.find('sample')?.description, 'first');
  t.is(store.find('other')?.name as string, 'other');
  t.is(store.find('absent'), undefined);
});

test('a directory that does not exist has no profiles', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'sample', 'schema = 1\nname = "sample"\nmatch = ["x"]\n');
  const store = createStore([join(directory, 'absent'), directory]);
  t.is(store.find('sample')?.name as string, 'sample');
  t.is(store.match('x')?.name as string, 'sample');
});

test('a broken profile is not passed over for one in a later directory', (t) => {
  const [first, second] = [createDirectory(t), createDirectory(t)];
  const file = writeProfile(first, 'sample', 'schema = 1\nname = sample\n');
  writeProfile(second, 'sample');
  const error = refusalOf(t, () => createStore([first, second]).find('sample'));
  t.is(error.code, 'PROFILE_INVALID');
  t.deepEqual([error.context.file, error.context.line], [file, 2]);
});

test('reads a file again only when it has changed', (t) => {
  const directory = createDirectory(t);
  const file = writeProfile(directory, 'sample');
  const store = createStore([directory]);
  const profile = store.find('sample');
  t.is(store.find('sample'), profile);
  t.is(store.opened.length, 1);
  writeProfile(directory, 'sample', 'schema = 1\nname = "sample"\ndescription = "new"\n');
  t.is(store.find('sample')?.description, 'new');
  rmSync(file);
  t.is(store.find('sample'), undefined);
});

test('sees a file of the same size and modification time in its place', (t) => {
  const directory = createDirectory(t);
  const file = writeProfile(directory, 'sample', 'schema = 1\nname = "sample"\ndescription = "one"\n');
  utimesSync(file, 1000, 1000);
  const store = createStore([directory]);
  t.is(store.find('sample')?.description, 'one');
  const other = join(directory, 'other');
  writeFileSync(other, 'schema = 1\nname = "sample"\ndescription = "two"\n', { mode: 0o644 });
  utimesSync(other, 1000, 1000);
  renameSync(other, file);
  t.is(store.find('sample')?.description, 'two');
});

test('looks again at the mode of a file that it has read', (t) => {
  const directory = createDirectory(t);
  const file = writeProfile(directory, 'sample');
  const store = createStore([directory]);
  store.find('sample');
  chmodSync(file, 0o666);
  t.is(refusalOf(t, () => store.find('sample')).code, 'PROFILE_UNSAFE');
});

test('does not remember a file that has just changed', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'sample');
  const store = createStore([directory], { ...laterClock, nowMs: () => 0 });
  store.find('sample');
  store.find('sample');
  t.is(store.opened.length, 2);
});

for (const [who, mode] of [
  ['its group', 0o664],
  ['others', 0o646],
] as const) {
  test(`refuses a profile that ${who} can write to`, (t) => {
    const directory = createDirectory(t);
    chmodSync(writeProfile(directory, 'sample'), mode);
    refusesFile(t, directory, /can write/);
  });
}

test('accepts a profile that others can read', (t) => {
  const directory = createDirectory(t);
  chmodSync(writeProfile(directory, 'sample'), 0o644);
  t.truthy(createStore([directory]).find('sample'));
});

test('refuses a profile of another owner', (t) => {
  const directory = createDirectory(t);
  const file = writeProfile(directory, 'sample');
  // Root can give the file away; anyone else asks as another uid, whose directory comes first.
  if (ownUid === 0) {
    chownSync(file, 65_534, 65_534);
    refusesFile(t, directory, /somebody else/);
  } else {
    const error = refusalOf(t, () => createStore([directory], laterClock, ownUid + 1).find('sample'));
    t.regex(String(error.context.rule), /somebody else/);
  }
});

test('refuses a directory in which others can put files', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'sample');
  chmodSync(directory, 0o777);
  const error = refusalOf(t, () => createStore([directory]).find('sample'));
  t.is(error.code, 'PROFILE_UNSAFE');
  t.is(error.context.file, directory);
});

test('refuses a symbolic link', (t) => {
  const directory = createDirectory(t);
  symlinkSync(writeProfile(createDirectory(t), 'sample'), join(directory, 'sample.toml'));
  refusesFile(t, directory, /symbolic link/);
});

test('refuses a link to an endless device', (t) => {
  const directory = createDirectory(t);
  symlinkSync('/dev/zero', join(directory, 'sample.toml'));
  refusesFile(t, directory, /symbolic link/);
});

test('refuses a FIFO without waiting for its writer', (t) => {
  const directory = createDirectory(t);
  execFileSync('mkfifo', ['-m', '600', join(directory, 'sample.toml')]);
  refusesFile(t, directory, /regular file/);
});

test('refuses a directory in the place of a file', (t) => {
  const directory = createDirectory(t);
  mkdirSync(join(directory, 'sample.toml'));
  refusesFile(t, directory, /regular file/);
});

for (const byteLength of [64 * 1024 + 1, 2 ** 31]) {
  test(`refuses a file of ${byteLength} bytes`, (t) => {
    const directory = createDirectory(t);
    truncateSync(writeProfile(directory, 'sample'), byteLength);
    const error = refusalOf(t, () => createStore([directory]).find('sample'));
    t.regex(error.message, /more than 65536 bytes/);
  });
}

test('accepts a file of the greatest size', (t) => {
  const directory = createDirectory(t);
  const text = 'schema = 1\nname = "sample"\n#';
  writeProfile(directory, 'sample', text.padEnd(64 * 1024, 'x'));
  t.truthy(createStore([directory]).find('sample'));
});

test('refuses text that is not UTF-8', (t) => {
  const directory = createDirectory(t);
  appendFileSync(writeProfile(directory, 'sample'), Buffer.from([0x23, 0xff, 0xfe]));
  const error = refusalOf(t, () => createStore([directory]).find('sample'));
  t.regex(error.message, /not UTF-8/);
});

test('refuses a profile whose name is not that of its file', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'sample', 'schema = 1\n\nname = "other"\n');
  const error = refusalOf(t, () => createStore([directory]).find('sample'));
  t.deepEqual([error.code, error.context.line], ['PROFILE_INVALID', 3]);
});

test('an opened file may have any name', (t) => {
  const file = writeProfile(createDirectory(t), 'sample', 'schema = 1\nname = "other"\n');
  t.is(createStore([]).parseDescriptor(openDescriptor(t, file), 'given').name as string, 'other');
});

test('reads an opened file from its beginning and leaves it open', (t) => {
  const fd = openDescriptor(t, writeProfile(createDirectory(t), 'sample'));
  const store = createStore([]);
  t.is(store.parseDescriptor(fd, 'given').name, store.parseDescriptor(fd, 'given').name);
});

test('refuses an opened file that others can write to, by its label', (t) => {
  const file = writeProfile(createDirectory(t), 'sample');
  const fd = openDescriptor(t, file);
  chmodSync(file, 0o666);
  const error = refusalOf(t, () => createStore([]).parseDescriptor(fd, 'given'));
  t.deepEqual([error.code, error.context.file], ['PROFILE_UNSAFE', 'given']);
});

test('refuses an opened device', (t) => {
  const fd = openDescriptor(t, '/dev/zero');
  t.is(refusalOf(t, () => createStore([]).parseDescriptor(fd, 'given')).code, 'PROFILE_UNSAFE');
});
