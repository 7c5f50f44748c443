/** Who is at the other end: strangers of another uid, heirs of a connection, peers with odd names, and servers that are not the daemon. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, createHome, firstLine } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';
import { root } from '../support/source-tree.ts';
import { openTarget, requireRefusal } from '../support/target.ts';

const peer = join(root, 'test/fixtures/odd-peer.py');
const asStranger = ['setpriv', '--reuid', '1530', '--regid', '1530', '--clear-groups'];

asRoot('another uid that reaches the socket learns nothing, and is written down once', async (t) => {
  const target = await openTarget(t);
  const { home, canary } = target;
  const socket = join(home.directory, 'run/agentkeys.sock');
  const modes = [home.directory, join(home.directory, 'run'), socket].map(
    (path) => [path, path === socket ? 0o600 : 0o700] as const,
  );
  for (const [path] of modes) chmodSync(path, 0o777);
  const [program = '', ...rest] = asStranger;
  const said = (
    await collect(spawn(program, [...rest, 'python3', peer, 'plain', socket], { cwd: '/' }), '')
  ).stdout.toString();
  for (const [path, mode] of modes) chmodSync(path, mode);
  t.regex(
    said,
    /^[^{]*\{"error":\{"code":"REQUEST_REFUSED","message":"the daemon refused the request","hint":"[^"]+","exit":77\}\}\n$/,
  );
  t.false(said.includes(canary) || said.includes('version'));
  const records = (await home.run(['audit', 'tail', '-n', '20', '--json'])).stdout.toString().split('\n');
  t.is(records.filter((line) => line.includes('"event":"refuse"') && line.includes('"uid":1530')).length, 1);
  await target.requireUnharmed();
});

asRoot('a connection whose maker has ended is not answered, whoever holds it', async (t) => {
  const target = await openTarget(t);
  const { home, canary } = target;
  for (let round = 0; round < 10; round++) {
    const heir = spawn('python3', [peer, 'heir', join(home.directory, 'run/agentkeys.sock')]);
    const ended = collect(heir, '');
    await once(heir, 'exit');
    t.false((await ended).stdout.includes(canary));
    t.false((await ended).stdout.includes('byteLength'));
  }
  await target.requireUnharmed();
});

asRoot('a peer is told apart by its number, whatever it calls itself', async (t) => {
  const target = await openTarget(t);
  const socket = join(target.home.directory, 'run/agentkeys.sock');
  for (const name of ['x) R 1 1 (', ') S 0 0', 'a\nb\n) R 1 (', '((((', '\t 1 1 1', '\xff\xfe']) {
    const outside = await target.home.command('python3', [peer, `name=${name}`, socket]);
    t.regex(outside.stdout.toString(), /"byteLength"/, JSON.stringify(name));
    const inside = await target.home.run(['run', '--', 'python3', peer, `name=${name}`, socket]);
    t.regex(inside.stdout.toString(), /"code":"(POLICY_REFUSED|REQUEST_REFUSED)"/, JSON.stringify(name));
  }
  await target.requireUnharmed();
});

/** Listens at argv[1] as its own uid, and prints what is said to it. */
const pretender = `
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
os.chmod(sys.argv[1], 0o777)
print('listening', flush=True)
while True:
    client = server.accept()[0]
    client.settimeout(5)
    try:
        print('heard', len(client.recv(65536)), flush=True)
    except OSError:
        print('heard nothing', flush=True)`;

asRoot('a stranger that listens in the place of the daemon is told nothing', async (t) => {
  const prefix = ['setpriv', '--reuid', '1531', '--regid', '1531', '--clear-groups'];
  const home = createHome(t, { prefix });
  const directory = mkdtempSync(join(tmpdir(), 'ak-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'run'));
  for (const path of [directory, join(directory, 'run')]) chmodSync(path, 0o777);
  const socket = join(directory, 'run/agentkeys.sock');
  const [program = '', ...rest] = asStranger;
  const server = spawn(program, [...rest, 'python3', '-c', pretender, socket], { cwd: '/' });
  t.teardown(() => server.kill());
  t.is(await firstLine(server), 'listening');
  const heard: string[] = [];
  server.stdout.on('data', (text: Buffer) => heard.push(text.toString()));
  for (const verb of [
    ['run', '--', 'true'],
    ['init'],
    ['store', 'demo', '--stdin'],
    ['read', 'demo', '--unsafe-stdout'],
    ['status'],
    ['stop'],
  ]) {
    const ended = await home.run(verb, { env: { AGENTKEYS_HOME: directory }, input: 'a value' });
    requireRefusal(t, ended, /uid 1530 listens there|another account listens in the place/);
  }
  const closed = once(server, 'exit');
  server.kill();
  await closed;
  t.notRegex(heard.join(''), /heard [1-9]/);
});

asRoot('a path too long for a socket is refused whole, and nothing is made at a shorter one', async (t) => {
  const home = createHome(t);
  const long = join(home.directory, 'x'.repeat(140));
  for (const variable of ['AGENTKEYS_HOME', 'XDG_RUNTIME_DIR'])
    for (const verb of [['run', '--', 'true'], ['init'], ['status'], ['daemon', '--foreground']]) {
      const env = { AGENTKEYS_HOME: undefined, [variable]: long };
      requireRefusal(t, await home.run(verb, { env }), /the path of its socket has more than 107 bytes/);
    }
  t.is((await home.command('find', [home.directory, '-name', 'x*'])).stdout.toString(), '');
});
