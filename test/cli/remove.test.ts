/** `remove` and `list` through the built program: nothing goes that is not written down, and nothing goes unasked. */
import { existsSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createHome, type Home } from '../support/daemon.ts';
import { childrenOf, processEnd } from '../support/processes.ts';
import { openTerminal } from '../support/pty.ts';

const brokerOf = (spawner: number) =>
  childrenOf(spawner).find(({ commandLine }) => commandLine.includes('broker.js'))?.pid ?? 0;
const entry = (home: Home) => join(home.directory, 'state/vault/demo.cred');
const log = (home: Home) => readFileSync(join(home.directory, 'state/audit/audit.jsonl'), 'utf8');

test('nothing is removed while the audit log cannot be written', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  await home.store('demo', 'value');
  const broker = brokerOf(daemon.pid ?? 0);
  // Longer than a region, whose making the limit would refuse as well.
  for (let round = 0; round < 8; round++) await home.run(['run', '--', 'true']);
  // The kernel cuts writes at the limit and then fails them, as a full disk does.
  const limit = log(home).length;
  t.is((await home.command('prlimit', [`--pid=${broker}`, `--fsize=${limit}:`])).code, 0);
  const ended = await home.run(['remove', 'demo', '--yes']);
  t.is(ended.code, 1);
  t.is(ended.stdout.toString(), '');
  t.regex(ended.stderr, /the audit log cannot be written/);
  t.true(existsSync(entry(home)));
  await home.command('prlimit', [`--pid=${broker}`, '--fsize=unlimited:']);
  t.is((await home.run(['read', 'demo', '--unsafe-stdout'])).stdout.toString(), 'value');
  t.is((await home.run(['remove', 'demo', '--yes'])).code, 0, 'it serves again');
  t.false(existsSync(entry(home)));
  t.regex(log(home), /"event":"remove".*"service":"demo"/);
});

test('a person is asked, and only a yes removes', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  for (const answer of ['n', '', 'yep']) {
    const terminal = await openTerminal(t, [home.client, 'remove', 'demo'], home);
    await terminal.until('remove demo? [y/N] ');
    terminal.type(`${answer}\r`);
    await terminal.until('nothing was removed');
    t.is(await terminal.ended, 1);
  }
  t.true(existsSync(entry(home)));
  t.false(log(home).includes('"event":"remove"'));
  const terminal = await openTerminal(t, [home.client, 'remove', 'demo'], home);
  await terminal.until('remove demo? [y/N] ');
  terminal.type('y\r');
  await terminal.until('removed demo');
  t.is(await terminal.ended, 0);
  t.false(existsSync(entry(home)));
});

test('a last use that was not written yet is lost with the daemon, and nothing else is', async (t) => {
  const home = createHome(t);
  const daemon = await home.daemon();
  await home.store('demo', 'value');
  t.is((await home.run(['run', '--with', 'demo', '--', 'true'])).code, 0);
  const broker = brokerOf(daemon.pid ?? 0);
  process.kill(broker, 'SIGKILL');
  await processEnd(broker);
  const { code, stdout } = await home.run(['list', '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout.toString()), [{ service: 'demo', version: 1 }]);
  t.is((await home.run(['audit', 'verify'])).code, 0);
});

test('list does not promise that what is no file of ours can be removed', async (t) => {
  const home = createHome(t);
  await home.store('demo', 'value');
  renameSync(entry(home), `${entry(home)}.kept`);
  symlinkSync(`${entry(home)}.kept`, entry(home));
  const listed = await home.run(['list']);
  t.is(listed.code, 1);
  t.regex(
    listed.stderr,
    /demo cannot be read \(STATE_UNSAFE\); agentkeys remove takes it away, or says why it does not/,
  );
  const refused = await home.run(['remove', 'demo', '--yes']);
  t.is(refused.code, 78);
  t.regex(refused.stderr, /symbolic link/);
});
