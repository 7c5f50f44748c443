import { chmodSync, renameSync, rmSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { type Clock, createSystemClock } from '../../src/core/clock.ts';
import { parseProfileName, parseVariableName } from '../../src/core/ids.ts';
import { createProfileStore, type ResolvedProfile } from '../../src/profile/store.ts';
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

function createStore(...directories: string[]) {
  const store = createProfileStore({ ...profileChecks, directories, openFile, ownUid, clock: laterClock });
  return {
    ...store,
    resolve: (name: string): ResolvedProfile => {
      const found = store.resolve(parseProfileName(name));
      if (found === undefined) throw new Error(`${name} does not exist`);
      return found;
    },
  };
}

const textOf = (name: string, rest: string, bases: readonly string[] = []) =>
  `schema = 1\nname = "${name}"\nextends = ${JSON.stringify(bases)}\n${rest}`;

/** Name → what its profile says after its first three lines; bases before a colon. */
function createProfiles(t: ExecutionContext, profiles: Readonly<Record<string, [string[], string]>>) {
  const directory = createDirectory(t);
  const files = Object.entries(profiles).map(
    ([name, [bases, rest]]) => [name, writeProfile(directory, name, textOf(name, rest, bases))] as const,
  );
  return { directory, store: createStore(directory), files: Object.fromEntries(files) };
}

const variable = parseVariableName;

test('tables merge key by key, and the own file wins', (t) => {
  const { store, files } = createProfiles(t, {
    base: [
      [],
      'agent.umask = "0022"\nagent.limits = { nofile = 10, core = 0 }\nenvironment.set = { A = "1", B = "1" }\n',
    ],
    own: [['base'], 'agent.limits.nofile = 20\n[environment.set]\nB = "2"\nC = "2"\n'],
  });
  const { profile, findOrigin, ...resolved } = store.resolve('own');
  t.is(profile.agent.umask, 0o022);
  t.deepEqual({ ...profile.agent.limits }, { nofile: 20, core: 0 });
  t.deepEqual([...profile.environment.set] as [string, string][], [
    ['A', '1'],
    ['B', '2'],
    ['C', '2'],
  ]);
  t.deepEqual(resolved as unknown, { file: files.own, files: [files.base, files.own] });
  t.deepEqual(findOrigin(['agent', 'umask']), { file: files.base ?? '', line: 4 });
  t.deepEqual(findOrigin(['agent', 'limits', 'nofile']), { file: files.own ?? '', line: 4 });
  t.deepEqual(findOrigin(['environment', 'set', 'A']), { file: files.base ?? '', line: 6 });
  t.deepEqual(findOrigin(['environment', 'set', 'B']), { file: files.own ?? '', line: 6 });
  t.is(findOrigin(['agent', 'lease']), undefined);
});

test('lists and single values are replaced', (t) => {
  const { store } = createProfiles(t, {
    base: [
      [],
      'command = ["a", "b"]\nenvironment = { inherit = "minimal", pass = ["A", "B"], unset = ["C"] }\n',
    ],
    own: [['base'], 'command = ["c"]\nenvironment.pass = ["D"]\nenvironment.inherit = "minimal"\n'],
  });
  const { profile } = store.resolve('own');
  t.deepEqual(profile.command, ['c']);
  t.deepEqual(profile.environment.pass, ['D']);
  t.deepEqual(profile.environment.unset, ['C']);
  t.is(profile.environment.inherit, 'minimal');
});

test('a credential is replaced as a whole', (t) => {
  const { store, files } = createProfiles(t, {
    base: [
      [],
      '[credentials.A]\nfrom = "vault:a"\nrelease = "approve"\ncache = true\n[credentials.B]\nfrom = "vault:b"\n',
    ],
    own: [['base'], '[credentials.A]\nfrom = "vault:other"\n'],
  });
  const { profile, findOrigin } = store.resolve('own');
  t.deepEqual(
    { ...profile.credentials.get(variable('A')) },
    { from: 'vault:other', deliver: 'env', release: 'auto' },
  );
  t.is(profile.credentials.get(variable('B'))?.from, 'vault:b');
  t.deepEqual(findOrigin(['credentials', 'A', 'from']), { file: files.own ?? '', line: 5 });
  t.is(findOrigin(['credentials', 'A', 'release']), undefined);
  t.deepEqual(findOrigin(['credentials', 'B', 'from']), { file: files.base ?? '', line: 9 });
});

test('what a profile says of itself is not inherited', (t) => {
  const { store } = createProfiles(t, {
    root: [[], 'agent.umask = "0027"\n'],
    base: [['root'], 'description = "Base"\nmatch = ["base"]\nallow = { users = ["alice"] }\n'],
    own: [['base'], ''],
  });
  const { profile, findOrigin } = store.resolve('own');
  t.is(profile.name as string, 'own');
  t.deepEqual(profile.extends as readonly string[], ['base']);
  t.deepEqual(profile.match, []);
  t.false('description' in profile);
  t.false('allow' in profile);
  t.is(profile.agent.umask, 0o027);
  t.is(findOrigin(['match']), undefined);
  t.is(findOrigin(['name'])?.line, 2);
  t.is(store.match('base')?.name as string, 'base');
});

test('the bases are laid upon each other from left to right', (t) => {
  const { store } = createProfiles(t, {
    left: [[], 'agent.umask = "0011"\nagent.cwd = "/left"\n'],
    right: [[], 'agent.umask = "0022"\n'],
    own: [['left', 'right'], ''],
  });
  const { agent } = store.resolve('own').profile;
  t.deepEqual([agent.umask, agent.cwd], [0o022, '/left']);
});

test('a base of two bases is laid down once, before both', (t) => {
  const { store, files } = createProfiles(t, {
    root: [[], 'agent.umask = "0011"\n'],
    left: [['root'], 'agent.umask = "0022"\n'],
    right: [['root'], ''],
    own: [['left', 'right'], ''],
  });
  const { profile, files: applied } = store.resolve('own');
  t.deepEqual(applied as unknown, [files.root, files.left, files.right, files.own]);
  t.is(profile.agent.umask, 0o022);
});

test('bases are looked for as profiles are, in the first directory that has them', (t) => {
  const [first, second] = [createDirectory(t), createDirectory(t)];
  writeProfile(second, 'own', textOf('own', '', ['base']));
  writeProfile(second, 'base', textOf('base', 'agent.umask = "0022"\n'));
  const file = writeProfile(first, 'base', textOf('base', 'agent.umask = "0011"\n'));
  const { files, profile } = createStore(first, second).resolve('own');
  t.is(files[0], file);
  t.is(profile.agent.umask, 0o011);
});

test('a file that the caller opened may extend a profile of its own name', (t) => {
  const { store, files } = createProfiles(t, { base: [[], 'agent.umask = "0011"\n'] });
  const given = writeProfile(createDirectory(t), 'base', textOf('base', 'agent.lease = "tree"\n', ['base']));
  const resolved = store.resolveDescriptor(openDescriptor(t, given), './base.toml');
  t.deepEqual(resolved.files as unknown, [files.base, './base.toml']);
  t.deepEqual([resolved.profile.agent.umask, resolved.profile.agent.lease], [0o011, 'tree']);
  t.deepEqual(resolved.findOrigin(['agent', 'lease']), { file: './base.toml', line: 4 });
});

test('the same profile comes back until a file of it changes', (t) => {
  const { store, directory, files } = createProfiles(t, {
    root: [[], 'agent.umask = "0011"\n'],
    base: [['root'], ''],
    own: [['base'], ''],
  });
  const before = store.resolve('own').profile;
  t.is(store.resolve('own').profile, before);
  t.is(store.find(parseProfileName('own')), before);
  writeProfile(directory, 'root', textOf('root', 'agent.umask = "0022"\n'));
  t.is(store.resolve('own').profile.agent.umask, 0o022);
  chmodSync(files.root ?? '', 0o666);
  t.is(refusalOf(t, () => store.resolve('own')).code, 'PROFILE_UNSAFE');
  rmSync(files.root ?? '');
  t.regex(refusalOf(t, () => store.resolve('own')).message, /does not exist/);
});

test('a base that comes to stand in an earlier directory is seen', (t) => {
  const [first, second] = [createDirectory(t), createDirectory(t)];
  writeProfile(second, 'own', textOf('own', '', ['base']));
  const file = writeProfile(second, 'base', textOf('base', 'agent.umask = "0011"\n'));
  const store = createStore(first, second);
  t.is(store.resolve('own').profile.agent.umask, 0o011);
  renameSync(file, `${first}/base.toml`);
  writeProfile(second, 'base', textOf('base', 'agent.umask = "0022"\n'));
  t.is(store.resolve('own').files[0], `${first}/base.toml`);
});
