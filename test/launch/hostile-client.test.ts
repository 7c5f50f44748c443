/** A client that misbehaves costs nobody but itself. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createHome, firstLine } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';
import { withToolsAsRoot } from '../support/tools.ts';

/**
 * Speaks docs/protocol.md by itself. `mode` says how: `stuffed` fills its own control socket's queue, so that nothing more can be told
 * to it; `flood` asks to run a program with a million empty arguments; `unsealed` could still change what it asks for.
 */
const client = join(root, 'test/fixtures/hostile-client.py');

test('a client that lets nothing be told to it hides nothing from the audit log', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const recorded = auditEvent(home, 'exit');
  const hostile = home.command('python3', [client, 'stuffed', home.directory]);
  await recorded;
  const events = (await home.run(['audit', 'tail', '-n', '10', '--json'])).stdout.toString();
  for (const event of ['start', 'exec', 'exit'])
    t.regex(events, new RegExp(`"event":"${event}","agent_id":"default"`));
  t.is((await hostile).code, 0);
});

test('a million empty arguments are refused or run without holding up anybody else', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const hostile = home.command('python3', [client, 'flood', home.directory]);
  t.is((await home.run(['run', '--', 'true'])).code, 0);
  t.is((await hostile).code, 0);
  t.is((await home.run(['run', '--', 'true'])).code, 0);
});

test('a launch context that is not sealed is refused', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const hostile = await home.command('python3', [client, 'unsealed', home.directory]);
  t.regex(hostile.stdout.toString(), /"code":"LAUNCH_CONTEXT"/);
});

const kilobyte = `${'x'.repeat(1023)}\0`;

/** How its header says otherwise, `more` so many `times` behind its words, and how the daemon may answer. */
const oddArguments: readonly (readonly [string, object, RegExp])[] = [
  ['no argument', { words: '', argc: 0 }, /"LAUNCH_CONTEXT"/],
  ['no argument, but words', { words: 'true\0', argc: 0 }, /"LAUNCH_CONTEXT"/],
  ['an argument without words', { words: '', argc: 1 }, /"LAUNCH_CONTEXT"/],
  ['more arguments than words', { argc: 2 }, /"LAUNCH_CONTEXT"/],
  ['an argument that does not end', { words: 'true\0x', argc: 2 }, /"LAUNCH_CONTEXT"/],
  ['as many arguments as can be said', { argc: 0xffffffff }, /"LAUNCH_CONTEXT"/],
  ['a length beyond the file', { length: 0xffffffff }, /"LAUNCH_CONTEXT"/],
  ['an environment without words', { envc: 1 }, /"LAUNCH_CONTEXT"/],
  ['an empty argument', { words: '\0', argc: 1 }, /"LAUNCH_NOT_FOUND"/],
  ['a hundred thousand arguments', { more: 'x\0', times: 99_999, argc: 100_000 }, /"ok"/],
  [
    'an argument of three megabytes without its end',
    { more: 'x', times: 3 << 20, argc: 2 },
    /"LAUNCH_CONTEXT"/,
  ],
  [
    'an argument of three megabytes',
    { more: 'x', times: 3 << 20, end: '\0', argc: 2 },
    /"LAUNCH_ENVIRONMENT"/,
  ],
  [
    'three megabytes of arguments',
    { more: kilobyte, times: 3 << 10, argc: 1 + (3 << 10) },
    /"LAUNCH_ENVIRONMENT"/,
  ],
  ['a megabyte of arguments', { more: kilobyte, times: 1 << 10, argc: 1 + (1 << 10) }, /"ok"/],
];

withToolsAsRoot(
  ['strace'],
  'odd argument lists are refused with a code or run, and never without an argument',
  async (t) => {
    const home = createHome(t);
    const trace = join(home.directory, 'trace');
    const daemon = home.start([], {
      prefix: [
        ...['strace', '-f', '-qq', '-o', trace, '-e', 'trace=execve,execveat'],
        ...['sh', '-c', `exec ${join(dirname(home.client), 'agentkeysd')} --foreground`],
      ],
    });
    t.is(await firstLine(daemon), 'listening');
    const before = (await home.run(['status', '--json'])).stdout.toString();
    for (const [what, odd, answer] of oddArguments) {
      const asked = await home.command('python3', [client, 'odd', home.directory, JSON.stringify(odd)]);
      t.regex(asked.stdout.toString(), answer, what);
      t.is(asked.code, 0, asked.stderr);
    }
    t.is((await home.run(['status', '--json'])).stdout.toString(), before, 'the same daemon');
    t.is((await home.run(['run', '--', 'true'])).code, 0);
    const ended = once(daemon, 'exit');
    await home.run(['stop']);
    await ended;
    const execs = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes('exec'));
    t.true(execs.some((line) => line.includes('["true"]')));
    t.deepEqual(
      execs.filter((line) => /, \[\],|, NULL,/.test(line)),
      [],
    );
  },
);
