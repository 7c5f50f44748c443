/** With --json every error is one JSON object on standard error, also where a native program tells it. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { errorCatalogue } from '../../src/core/error-catalogue.ts';
import { createHome, type Ended } from '../support/daemon.ts';

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

function readError(t: ExecutionContext, { stderr, stdout }: Ended): Told {
  t.is(stdout.toString(), '');
  t.is(stderr.indexOf('\n'), stderr.length - 1, stderr);
  const { error } = JSON.parse(stderr) as { error: Told };
  t.deepEqual(Object.keys(error), ['code', 'message', 'hint']);
  t.true(Object.hasOwn(errorCatalogue, error.code), error.code);
  t.not(error.message, '');
  t.not(error.hint, '');
  return error;
}

test('a run directory that others can enter', async (t) => {
  const home = createHome(t);
  const directory = join(home.directory, 'run');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const ended = await home.run(['init', '--json']);
  t.is(ended.code, 78);
  const { code, message } = readError(t, ended);
  t.is(code, 'STATE_UNSAFE');
  t.is(message, `directory is refused: ${directory}`);
  t.regex(
    (await home.run(['init'])).stderr,
    /^agentkeys: error: directory is refused: .*\nagentkeys: hint: /,
  );
});

test('a daemon that cannot serve', async (t) => {
  const home = createHome(t);
  const directory = join(home.directory, 'state');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const ended = await home.run(['--json', 'init']);
  t.is(ended.code, 69);
  const { code, message, hint } = readError(t, ended);
  t.is(code, 'DAEMON_UNREACHABLE');
  t.is(message, `the directory is refused: ${directory}`);
  t.regex(hint, /chmod 700/);
});

test('a place where no daemon is started', async (t) => {
  const home = createHome(t);
  const ended = await home.run(['init', '--json'], { env: { AGENTKEYS_SOCKET: '/nowhere' } });
  t.is(ended.code, 69);
  t.regex(
    readError(t, ended).message,
    /none is started from here: this process belongs to an agent's session/,
  );
});

for (const words of [
  ['native-start', '--json'],
  ['status', '--json'],
]) {
  test(`no home: ${words[0]}`, async (t) => {
    const ended = await createHome(t).run(words, { env: { AGENTKEYS_HOME: 'relative' } });
    t.is(ended.code, 78);
    t.is(readError(t, ended).code, 'HOME_INVALID');
  });
}

test('what is no flag of ours asks for no JSON', async (t) => {
  const ended = await createHome(t).run(['native-start', '--', '--json'], { env: { AGENTKEYS_HOME: '' } });
  t.regex(ended.stderr, /^agentkeys: error: /);
});
