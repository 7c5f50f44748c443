/** Names and references that no grammar takes, in frames of our own making: one coded refusal each, the connection goes on, nothing is opened for them. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { badNamesInFrames } from '../support/bad-names.ts';
import { firstLine } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';
import { openTarget, type Target } from '../support/target.ts';
import { withToolsAsRoot } from '../support/tools.ts';
import { traceFiles } from '../support/trap.ts';

const client = join(root, 'test/fixtures/hostile-client.py');

interface Conversation {
  readonly ask: Ask;
  close(): void;
}

type Ask = (verb: string, body: object, descriptors?: readonly string[]) => Promise<object>;

/** One connection; a request without an answer of its own, or with a descriptor, is a failure. `paths` are opened for the descriptors. */
async function converse(t: ExecutionContext, target: Target): Promise<Conversation> {
  const connection = await target.greet();
  let id = 0;
  const ask: Ask = async (verb, body, paths = []) => {
    const descriptors = paths.map((path) => openSync(path, 'r'));
    await connection.say({ id: ++id, verb, body }, descriptors);
    for (const descriptor of descriptors) closeSync(descriptor);
    const answer = await connection.hear();
    t.is(answer.message.id, id);
    t.deepEqual(answer.descriptors, []);
    return answer.message;
  };
  return { ask, close: () => connection.close() };
}

/** What lies where bad names point: a call of the broker that names any of it has gone too far. */
/** Its search for a profile looks at every packaged one. */
const places = /vault\/[^"]|shadow|passwd|victim|demo(?!\.toml)|hidden|de mo|rf"/;

/** Runs `use` while every file that the broker names is written down. */
async function requireNothingOpened(
  t: ExecutionContext,
  target: Target,
  use: (ask: Ask) => Promise<void>,
): Promise<void> {
  const { ask, close } = await converse(t, target);
  const output = join(target.home.directory, 'trace');
  const trace = await traceFiles(t, target.broker, output);
  await use(ask);
  await trace.remove();
  close();
  const lines = readFileSync(output, 'utf8').split('\n');
  t.deepEqual(
    lines.filter((line) => places.test(line)),
    [],
  );
}

/** Whether a frame of the small requests holds it. */
const isShort = (body: object) => JSON.stringify(body).length < 200;

const fields: readonly (readonly [string, (name: string) => object])[] = [
  ['store', (service) => ({ service, replace: true })],
  ['read', (service) => ({ service })],
  ['remove', (service) => ({ service })],
  ['list', (after) => ({ after })],
  ['ps', (after) => ({ after })],
];

withToolsAsRoot(['strace'], 'no bad name passes a small request, and nothing is opened for it', async (t) => {
  const target = await openTarget(t);
  await requireNothingOpened(t, target, async (ask) => {
    for (const name of badNamesInFrames)
      for (const [verb, bodyOf] of fields) {
        if (!isShort(bodyOf(name))) continue;
        const note = `${verb} ${JSON.stringify(name)}`;
        t.like(await ask(verb, bodyOf(name)), { error: { code: 'NAME_INVALID', exit: 2 } }, note);
      }
  });
  await target.requireUnharmed();
});

withToolsAsRoot(['strace'], 'no bad name is a reference that leads anywhere', async (t) => {
  const target = await openTarget(t);
  await requireNothingOpened(t, target, async (ask) => {
    for (const name of badNamesInFrames) {
      const references = [name, `vault:${name}`, `vault:demo/${name}`, `vault:../vault/${name}`];
      const rows = references.map((reference) => ({ reference, state: 'invalid' }));
      t.like(await ask('look-up', { references }), { ok: { rows } }, JSON.stringify(name));
    }
  });
  await target.requireUnharmed();
});

/** A sealed context that runs `true`; the control socket is none, which nobody comes to see. */
async function keepContext(target: Target): Promise<string> {
  const args = [client, 'keep', target.home.directory];
  return await firstLine(target.home.start([], { prefix: ['python3', ...args] }));
}

withToolsAsRoot(['strace'], 'no bad name passes a launch, and nothing is opened for it', async (t) => {
  const target = await openTarget(t);
  const descriptors = ['/dev/null', await keepContext(target)];
  const env = (text: string) => ({ env: [text] });
  await requireNothingOpened(t, target, async (ask) => {
    for (const name of badNamesInFrames) {
      const bodies: readonly (readonly [string, object])[] = [
        ['NAME_INVALID', { profile: name }],
        ['NAME_INVALID', { agentId: name }],
        ['NAME_INVALID', { with: [name] }],
        ['NAME_INVALID', { with: [`${name}=X`] }],
        ['REFERENCE_INVALID', env(`X=vault:${name}`)],
        ['REFERENCE_INVALID', env(`X=${name}`)],
        ['USAGE', env(name)],
      ];
      for (const [code, body] of bodies) {
        // The client takes a text that is too long for a list's element as one that breaks the protocol.
        if (body !== undefined && 'with' in body && name.length > 250) continue;
        t.like(await ask('launch', body, descriptors), { error: { code } }, JSON.stringify(body));
      }
    }
  });
  await target.requireUnharmed();
});

withToolsAsRoot(
  ['strace'],
  'the label of a profile file is only shown: no file of that name is opened',
  async (t) => {
    const target = await openTarget(t);
    const descriptors = ['/dev/null', await keepContext(target)];
    await requireNothingOpened(t, target, async (ask) => {
      for (const profileFile of badNamesInFrames.filter((name) => name !== '')) {
        const note = JSON.stringify(profileFile);
        const without = await ask('launch', { profileFile }, descriptors);
        t.like(without, { error: { code: 'PROTOCOL_INVALID' } }, note);
        const unsafe = await ask('launch', { profileFile }, [...descriptors, '/dev/null']);
        t.like(unsafe, { error: { code: 'PROFILE_UNSAFE' } }, note);
      }
    });
    await target.requireUnharmed();
  },
);
