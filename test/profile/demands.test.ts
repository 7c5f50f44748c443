import test from 'ava';
import { findUnmetDemands } from '../../src/profile/demands.ts';
import { head, parseText } from '../support/profiles.ts';
import { rowsOfProfileKeys } from '../support/schema-pages.ts';

const finds = test.macro((t, text: string, mode: 'user' | 'system', paths: string[]) => {
  const demands = findUnmetDemands(parseText(`${head}${text}\n`), { mode });
  t.deepEqual(
    demands.map(({ path }) => path.join('.')),
    paths,
  );
});

test('nothing is asked for by default', finds, '', 'user', []);
test('another account, of a daemon of one user', finds, 'agent.user = "builder"', 'user', ['agent.user']);
test('another account, of the daemon of the machine', finds, 'agent.user = "builder"', 'system', []);
test('memory', finds, 'agent.limits.memory = "1GB"', 'system', ['agent.limits.memory']);
test('processes', finds, 'agent.limits.pids = 9', 'user', ['agent.limits.pids']);
test('an end of the session', finds, 'limits.max_age = "1h"', 'user', ['limits.max_age']);
test('a rate', finds, 'limits.reads_per_minute = 9', 'user', ['limits.reads_per_minute']);
test('an approval', finds, '[credentials.A]\nfrom = "vault:a"\nrelease = "approve"', 'user', [
  'credentials.A.release',
]);
test(
  'nothing that is a permission, or for later',
  finds,
  `agent = { cwd = "/", umask = "0077", may_run = ["x"], lease = "tree", limits = { nofile = 9, core = 0 } }
allow.users = ["alice"]
supervise.restart = "always"
[credentials.A]
from = "vault:a"
cache = true`,
  'user',
  [],
);

test('the keys that the page calls refused are those that are', (t) => {
  const refused = rowsOfProfileKeys().filter(([, , , , inEffect = '']) =>
    /^refused|is refused$/.test(inEffect),
  );
  const profile = parseText(`${head}agent = { user = "builder", limits = { memory = "1GB", pids = 9 } }
limits = { max_age = "1h", reads_per_minute = 9 }
[credentials.NAME]
from = "vault:a"
release = "approve"
`);
  const unmet = findUnmetDemands(profile, { mode: 'user' }).map(({ path }) => `\`${path.join('.')}\``);
  // Another mode does not even parse.
  t.deepEqual(refused.map(([key]) => key).toSorted(), [...unmet, '`credentials.NAME.deliver`'].toSorted());
});
