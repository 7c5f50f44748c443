import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parseProfileName } from '../../src/core/ids.ts';
import { listSetKeys } from '../../src/profile/set-keys.ts';
import { formatSource, listKeys } from '../../src/profile/source.ts';
import { createProfileStore } from '../../src/profile/store.ts';
import { formatToml } from '../../src/profile/toml-text.ts';
import { createManualClock } from '../audit/manual-clock.ts';
import { createDirectory, openFile, profileChecks, writeProfile } from '../support/profiles.ts';

const full = `schema = 1
name = "full"
description = "One \\"line\\" with \\\\ in it"
match = ["claude", "codex"]
allow = { users = ["alice"], groups = ["dev"] }
command = ["claude", "--flag", "tab\\there"]

[credentials.FIRST_KEY]
from = "vault:first"
release = "approve"
cache = { idle = "90s", max = "2h" }

[credentials.SECOND_KEY]
from = "vault:second"
cache = true

[environment]
inherit = "minimal"
pass = ["LANG", "LC_*"]
unset = ["AWS_*"]
set = { CI = "1", "ODD" = "\\u001b[2J \\" \\\\ \\u202e" }

[agent]
user = "builder"
cwd = "/srv/agent"
umask = "027"
limits = { nofile = 1024, core = 0, memory = "2GiB", pids = 256 }
may_run = ["other"]
lease = "tree"

[supervise]
restart = "always"
backoff = { first = "250ms", max = "1d" }
max_starts = { count = 7, within = "61s" }
stop = { signal = "INT", timeout = "3s" }
on_rotation = "signal:HUP"

[limits]
reads_per_minute = 3
max_age = "24h"
`;

const texts: readonly (readonly [string, string])[] = [
  ['every key', full],
  ['no key but the two that must be', 'schema = 1\nname = "full"\n'],
  ['keys that are set to their default', 'schema = 1\nname = "full"\n[agent]\nlease = "leader"\n'],
  ['part of an inline table', 'schema = 1\nname = "full"\n[supervise]\nstop = { timeout = "3s" }\n'],
];

for (const [what, text] of texts) {
  test(`a profile with ${what} is written as TOML that parses to the same profile`, (t) => {
    const directory = createDirectory(t);
    const store = createProfileStore({
      ...profileChecks,
      clock: createManualClock(),
      directories: [directory],
      openFile,
      ownUid: process.getuid?.() ?? -1,
    });
    writeProfile(directory, 'full', text);
    const resolve = () => store.resolve(parseProfileName('full'));
    const before = resolve();
    if (before === undefined) throw new Error('it is there');
    const lines = formatToml(listSetKeys(before));
    t.regex(lines.join('\n'), /^[ -~\n]*$/, 'nothing that a terminal acts on');
    writeProfile(directory, 'full', lines.join('\n'));
    t.deepEqual(formatSource(resolve()?.profile ?? before.profile), formatSource(before.profile));
    t.is(readFileSync(join(directory, 'full.toml'), 'utf8'), lines.join('\n'));
    t.deepEqual(listKeys(listSetKeys(resolve() ?? before)), listKeys(listSetKeys(before)));
  });
}

test('a key that was set to its default is told from one that was not set', (t) => {
  const directory = createDirectory(t);
  writeProfile(directory, 'sample', 'schema = 1\nname = "sample"\n[agent]\nlease = "leader"\n');
  const store = createProfileStore({
    ...profileChecks,
    clock: createManualClock(),
    directories: [directory],
    openFile,
    ownUid: process.getuid?.() ?? -1,
  });
  const resolved = store.resolve(parseProfileName('sample'));
  t.deepEqual(resolved && formatToml(listSetKeys(resolved)), [
    'schema = 1',
    'name = "sample"',
    '',
    '[agent]',
    'lease = "leader"',
  ]);
});
