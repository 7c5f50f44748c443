import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { type Addon, loadAddon } from '../../src/native/addon.ts';
import { isNativeError } from '../../src/native/native-error.ts';
import { countDescriptors, descriptorFlags } from '../support/process-facts.ts';
import { runFixture } from '../support/run-fixture.ts';

const addon = loadAddon();
const { EBADF, EINVAL, ELOOP, ENOENT, EPERM, EPROTO } = constants.errno;

function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    return isNativeError(error) ? error.errno : undefined;
  }
  return 0;
}

function temporaryDirectory(teardown: (end: () => void) => void): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentkeys-test-'));
  teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

test.serial('a file is opened with its facts, close-on-exec', (t) => {
  const path = join(temporaryDirectory(t.teardown), 'file');
  writeFileSync(path, 'twelve bytes');
  chmodSync(path, 0o640);
  const { fd, ...facts } = addon.openFile(path);
  t.deepEqual(facts, { isRegular: true, uid: process.getuid?.() ?? -1, mode: 0o640, byteLength: 12 });
  t.true(descriptorFlags(fd).isCloseOnExec);
  addon.close(fd);
});

test.serial('links, absent files and names with a NUL byte are refused, and nothing stays open', (t) => {
  const directory = temporaryDirectory(t.teardown);
  symlinkSync('/etc/passwd', join(directory, 'link'));
  const before = countDescriptors();
  t.is(
    errnoOf(() => addon.openFile(join(directory, 'link'))),
    ELOOP,
  );
  t.is(
    errnoOf(() => addon.openFile(join(directory, 'absent'))),
    ENOENT,
  );
  t.throws(() => addon.openFile('/etc/passwd\0.toml'), { message: /path/ });
  t.is(countDescriptors(), before);
});

test.serial('what is no regular file says so', (t) => {
  const { fd, isRegular } = addon.openFile(temporaryDirectory(t.teardown));
  t.false(isRegular);
  addon.close(fd);
});

test.serial('a pipe is close-on-exec and non-blocking at both ends', (t) => {
  const before = countDescriptors();
  const ends = addon.pipe();
  for (const fd of ends) t.deepEqual(descriptorFlags(fd), { isCloseOnExec: true, isNonBlocking: true });
  ends.forEach(addon.close);
  t.is(countDescriptors(), before);
  t.is(
    errnoOf(() => addon.close(ends[0])),
    EBADF,
  );
});

test.serial('numbers that are no descriptor never reach the kernel', (t) => {
  for (const value of [-1, -100, 0.5, Number.NaN, 2 ** 31, '1', undefined])
    t.throws(() => Reflect.apply(addon.close, addon, [value]), { message: /descriptor/ });
});

test('hardening holds: no core dumps, and procfs files are no longer the user’s', async (t) => {
  const { stdout, stderr } = await runFixture('native/harden.ts');
  t.is(stdout, '{"soft":"0","hard":"0","owner":0}\n', stderr);
});

test.serial('the paths of this environment are those of AGENTKEYS_HOME', (t) => {
  const before = process.env.AGENTKEYS_HOME;
  t.teardown(() => {
    if (before === undefined) delete process.env.AGENTKEYS_HOME;
    else process.env.AGENTKEYS_HOME = before;
  });
  process.env.AGENTKEYS_HOME = '/tmp/elsewhere';
  t.deepEqual(addon.paths(), {
    config: '/tmp/elsewhere/config',
    state: '/tmp/elsewhere/state',
    run: '/tmp/elsewhere/run',
    socket: '/tmp/elsewhere/run/agentkeys.sock',
  });
});

test.serial('a launch context that is not sealed is refused', (t) => {
  const region = addon.regionCreate(4096, true);
  const { descriptor } = addon.regionInfo(region);
  t.is(
    errnoOf(() => addon.contextFacts(descriptor)),
    EPERM,
  );
  addon.regionDrop(region);
  const ends = addon.pipe();
  t.true([EINVAL, EPERM, EPROTO].includes(errnoOf(() => addon.contextFacts(ends[0])) ?? 0));
  ends.forEach(addon.close);
});

test('another build of the addon is recognised by its shape', (t) => {
  const shape: Addon['shape'] = addon.shape;
  t.is(shape, 1);
});
