/** Names that climb, hide, look like options or like other names: refused by their grammar before anything is opened, on every way in. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { badNames, badNamesInFrames } from '../support/bad-names.ts';
import { asRoot } from '../support/root.ts';
import { openTarget, requireRefusal } from '../support/target.ts';
import { withToolsAsRoot } from '../support/tools.ts';

asRoot(
  'no bad name passes a request, the connection goes on, and the file it points at is not touched',
  async (t) => {
    const target = await openTarget(t);
    // What a climbing name would reach.
    symlinkSync('/etc/passwd', join(target.home.directory, 'state/victim.cred'));
    const client = await target.greet();
    let id = 0;
    for (const service of badNamesInFrames)
      for (const [verb, body] of [
        ['read', { service }],
        ['store', { service, replace: true }],
      ] as const) {
        const frame = { id: ++id, verb, body };
        if (JSON.stringify(frame).length > 256) continue;
        await client.say(frame);
        const { message, descriptors } = await client.hear();
        t.like(message, { id, error: { code: 'NAME_INVALID', exit: 2 } }, JSON.stringify(service));
        t.deepEqual(descriptors, []);
      }
    // The allowed twin, on the same connection.
    await client.say({ id: ++id, verb: 'store', body: { service: 'a0._-'.padEnd(64, 'z'), replace: true } });
    t.like((await client.hear()).message, { ok: { pipe: true } });
    client.close();
    await target.requireUnharmed();
  },
);

asRoot('no bad name passes the command line, and none is echoed as it was typed', async (t) => {
  const target = await openTarget(t);
  const { home, canary } = target;
  for (const name of badNames) {
    const ways = [
      ['run', `--profile=${name}`, '--', 'true'],
      ['run', `--agent-id=${name}`, '--', 'true'],
      ['run', `--with=${name}`, '--', 'true'],
      ['run', `--env=X=vault:${name}`, '--', 'true'],
    ];
    for (const way of ways) {
      // A profile may be a path: the caller opens that itself.
      if (way[1]?.startsWith('--profile') && /\/|^\.+$/.test(name)) continue;
      const ended = await home.run(way);
      t.is(ended.code, 125, `${way[1]}: ${ended.stderr}`);
      requireRefusal(t, ended, /^agentkeys: error: .+\nagentkeys: hint: .+\n$/, canary);
      t.notRegex(ended.stderr, /\p{Cc}(?<!\n)|\u202e/u, way[1]);
    }
  }
  await target.requireUnharmed();
});

asRoot('no bad name passes store and read', async (t) => {
  const target = await openTarget(t);
  for (const name of ['../victim', 'a%2fb', '.', '-rf', '', 'a'.repeat(300), 'demo\n', 'dеmo', 'Demo'])
    for (const verb of [
      ['read', '--unsafe-stdout'],
      ['store', '--stdin', '--replace'],
    ]) {
      const ended = await target.home.run([...verb, '--', name], { input: 'x' });
      t.is(ended.code, 2, `${verb[0]} ${JSON.stringify(name)}: ${ended.stderr}`);
      requireRefusal(t, ended, /agentkeys: error: /, target.canary);
    }
  await target.requireUnharmed();
});

withToolsAsRoot(['strace'], 'a name is refused before anything is opened', async (t) => {
  const target = await openTarget(t);
  const trace = join(target.home.directory, 'trace');
  for (const way of [['--profile=..%2f..%2fclimbing'], ['--with=.climbing'], ['--agent-id=.climbing']]) {
    await target.home.run(['run', ...way, '--', 'true'], {
      prefix: ['strace', '-f', '-qq', '-o', trace, '-e', 'trace=%file'],
    });
    const opened = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('climbing') && !line.includes('execve('));
    t.deepEqual(opened, []);
  }
  await target.requireUnharmed();
});
