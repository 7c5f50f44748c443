/** A client that misbehaves costs nobody but itself. */
import { join } from 'node:path';
import test from 'ava';
import { auditEvent } from '../support/audit-event.ts';
import { createHome } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';

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
