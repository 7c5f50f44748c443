/** System calls that fail now and then, injected from the daemon's first one on: each verb does what it was asked or refuses in words, and the record stays whole. */
import { dirname, join } from 'node:path';
import { createCanary } from '../support/canary.ts';
import { createHome, firstLine } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';
import { requireRefusal, requireServing } from '../support/target.ts';

/** strace counts `when` for each thread; what fails again and again must stop failing for the daemon to serve at the end. */
const injections: readonly (readonly [string, string])[] = [
  ['a sync of the disk', 'fdatasync:error=EIO:when=2'],
  ['a rename', 'rename,renameat,renameat2:error=EIO:when=2'],
  ['the accepting of a client', 'accept4:error=ENFILE:when=3'],
  ['the making of a process', 'fork,clone:error=EAGAIN:when=3'],
  ['a pair of sockets', 'socketpair:error=EMFILE:when=3'],
  ['a pipe', 'pipe2:error=EMFILE:when=6'],
];

for (const [what, injection] of injections)
  asRoot(`${what} that fails loses nothing and leaks nothing`, async (t) => {
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
