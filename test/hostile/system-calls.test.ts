/** A broker killed at chosen system calls, a spawner whose calls fail: each verb does what it was asked or refuses in words, and the record stays whole. */
import { dirname, join } from 'node:path';
import { createCanary } from '../support/canary.ts';
import { createHome, firstLine } from '../support/daemon.ts';
import { requireRefusal, requireServing } from '../support/target.ts';
import { withToolsAsRoot } from '../support/tools.ts';

/**
 * strace counts `when` for each thread, so that the next broker comes to it as well. WHY NOT errors in the broker: an injected one
 * skips the call under a number that the broker's filter answers with a kill; its errors come from a full disk and from limits.
 */
const injections: readonly (readonly [string, string])[] = [
  ['a broker that is killed at a sync of the disk', 'fdatasync:signal=KILL:when=2'],
  ['a broker that is killed at a rename', 'rename,renameat,renameat2:signal=KILL:when=2'],
  ['a broker that is killed at the accepting of a client', 'accept4:signal=KILL:when=3'],
  ['a spawner that cannot make a process', 'fork,clone:error=EAGAIN:when=3'],
  ['a spawner that cannot make a pair of sockets', 'socketpair:error=EMFILE:when=3'],
];

for (const [what, injection] of injections)
  withToolsAsRoot(['strace'], `${what} loses nothing and leaks nothing`, async (t) => {
    const home = createHome(t);
    const [calls] = injection.split(':');
    const trace = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${injection}`];
    const daemon = home.start(['--foreground'], {
      prefix: [
        'strace',
        ...trace,
        'sh',
        '-c',
        `exec ${join(dirname(home.client), 'agentkeysd')} --foreground`,
      ],
    });
    t.is(await firstLine(daemon), 'listening');
    const canary = createCanary();
    const stored = new Map<string, string>();
    const launch = ['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY'];
    for (let round = 0; round < 3; round++) {
      const values = [
        ['demo', canary],
        [`fresh${round}`, createCanary()],
      ] as const;
      await home.run(['init']);
      for (const [service, value] of values) {
        const ended = await home.run(['store', service, '--replace', '--stdin'], { input: value });
        if (ended.code === 0) stored.set(service, value);
        else requireRefusal(t, ended, /./, value);
      }
      const ran = await home.run(launch);
      if (ran.code === 0) t.is(ran.stdout.toString(), `${canary}\n`);
      else requireRefusal(t, ran, /./, canary);
    }
    for (const [service, value] of stored) {
      const found = await home.run(['read', service, '--unsafe-stdout']);
      if (found.code === 0) t.is(found.stdout.toString(), value, service);
      else requireRefusal(t, found, /./, value);
    }
    t.true(stored.size > 0, 'something was acknowledged');
    await home.run(['stop']);
    for (const [service, value] of stored)
      t.is(
        (await home.run(['read', service, '--unsafe-stdout'])).stdout.toString(),
        value,
        'the next daemon has it',
      );
    if (stored.has('demo')) await requireServing(t, home, canary);
  });
