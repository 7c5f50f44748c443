/** A broker that has been taken over cannot launch for a uid that did not ask, nor anything else than what was asked. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { LaunchPlan } from '../../src/native/launch-plan.ts';
import type { RogueTools } from '../fixtures/rogue-broker.ts';
import { createHome } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';

interface Attack {
  readonly title: string;
  /** Runs in the rogue broker's own process: it sees nothing but its tools. */
  readonly act: (tools: RogueTools) => Promise<void>;
  /** Given to `act` as JSON: its closure stays behind. */
  readonly input?: unknown;
  /** What the spawner must have said, as the rogue wrote it down. */
  readonly heard: readonly string[];
}

const attacks: Attack[] = [
  {
    title: 'presents a request connection in place of a control socket',
    act: async ({ plan, connection, order, send, next, say }) => {
      send(plan.encodePrepare(order()), [connection]);
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    heard: ['failed 1'],
  },
  {
    title: 'presents no control socket at all',
    act: async ({ plan, order, send, next, say }) => {
      send(plan.encodePrepare(order()));
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    heard: ['failed 1'],
  },
  {
    title: 'names another launch context than the client sent',
    act: async ({ plan, control, context, order, send, next, say }) => {
      send(plan.encodePrepare(order({ contextInode: context.inode + 1n })), [control]);
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    heard: ['failed 6'],
  },
  {
    title: 'commits and says go before anything is prepared',
    act: async ({ plan, order, send, next, say }) => {
      const { session } = order();
      send(plan.encodeCommit(session, 0, 0));
      send(plan.encodeOrder('go', session));
      for (let i = 0; i < 2; i++) {
        const word = await next();
        say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
      }
    },
    heard: ['failed 3', 'failed 3'],
  },
  {
    title: 'says go to a prepared child without a commit',
    act: async ({ plan, control, order, send, next, say }) => {
      send(plan.encodePrepare(order()), [control]);
      say((await next()).kind);
      send(plan.encodeOrder('go', order().session));
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
      say((await next()).kind);
    },
    heard: ['prepared', 'failed 3', 'gone'],
  },
  {
    title: 'adds a variable that loads code',
    act: async ({ plan, control, order, send, next, say }) => {
      send(plan.encodePrepare(order({ set: ['LD_PRELOAD=/tmp/evil.so'] })), [control]);
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    heard: ['failed 3'],
  },
  {
    title: 'gives a credential a name that loads code',
    act: async ({ plan, control, order, send, next, say }) => {
      send(plan.encodePrepare(order({ secretNames: ['PATH'] as never })), [control]);
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    heard: ['failed 3'],
  },
  {
    title: 'uses one control socket for a second launch',
    act: async ({ plan, control, order, send, next, say }) => {
      send(plan.encodePrepare(order({ label: 'first' })), [control]);
      say((await next()).kind);
      send(plan.encodePrepare({ ...order(), session: '00000000000000a2' as never }), [control]);
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    heard: ['prepared', 'failed 5'],
  },
];

const rules: readonly [string, Partial<LaunchPlan['rules']>][] = [
  ['a relative working directory', { cwd: 'tmp' }],
  ['a working directory that is too long', { cwd: `/${'x'.repeat(4096)}` }],
  ['a file mode mask that is none', { umask: 0o1000 }],
  ['fewer descriptors than the agent is given', { nofile: 2 }],
  ['more descriptors than a profile may ask for', { nofile: 1_048_577 }],
  ['a core limit beyond what a profile can say', { core: Number.MAX_SAFE_INTEGER + 1 }],
];
for (const [title, changed] of rules) {
  attacks.push({
    title: `plans ${title}`,
    act: async ({ plan, control, order, send, next, say, input }) => {
      send(plan.encodePrepare(order({ rules: input as never })), [control]);
      const word = await next();
      say(`${word.kind} ${'stage' in word ? word.stage : ''}`);
    },
    input: changed,
    heard: ['failed 3'],
  });
}

for (const { title, act, heard, input } of attacks) {
  test(`refuses a broker that ${title}`, async (t) => {
    const brokerScript = `
      import { playRogue } from ${JSON.stringify(join(root, 'test/fixtures/rogue-broker.ts'))};
      const state = process.argv[process.argv.indexOf('--state') + 1];
      await playRogue({ dist: ${JSON.stringify(join(root, 'dist'))}, state, input: ${JSON.stringify(input ?? null)}, act: ${act.toString()} });`;
    const home = createHome(t, { brokerScript });
    await home.daemon();
    const marker = join(home.directory, 'started');
    const ended = await home.run(['run', '--', 'touch', marker]);
    t.is(ended.code, 125, ended.stderr);
    const log = readFileSync(join(home.directory, 'state/rogue.log'), 'utf8').trim().split('\n');
    t.deepEqual(
      log.map((line) => line.trim()),
      [...heard, 'done'],
    );
    t.false(existsSync(marker), 'nothing has run');
  });
}

test('a broker of another version is ended and serves nobody', async (t) => {
  const brokerScript = `
    import { playRogue } from ${JSON.stringify(join(root, 'test/fixtures/rogue-broker.ts'))};
    const state = process.argv[process.argv.indexOf('--state') + 1];
    const act = async ({ plan, control, order, send, next, say }) => {
      const message = plan.encodePrepare(order());
      message.writeUInt16LE(message.readUInt16LE(0) - 1, 0);
      send(message, [control]);
      say((await next()).kind);
    };
    await playRogue({ dist: ${JSON.stringify(join(root, 'dist'))}, state, input: null, act });`;
  const home = createHome(t, { brokerScript });
  await home.daemon();
  const marker = join(home.directory, 'started');
  const ended = await home.run(['run', '--', 'touch', marker]);
  t.is(ended.code, 125);
  t.regex(ended.stderr, /the daemon went away before the agent started/);
  t.false(existsSync(join(home.directory, 'state/rogue.log')), 'the rogue heard no answer');
  t.false(existsSync(marker), 'nothing has run');
});
