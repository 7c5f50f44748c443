/** What a person reads whose machine cannot build. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { root } from '../support/source-tree.ts';

for (const missing of ['make', 'cc', 'c++']) {
  test(`a build without ${missing} says in one sentence what to install`, (t) => {
    const bin = mkdtempSync(join(tmpdir(), 'ak-bin-'));
    t.teardown(() => rmSync(bin, { recursive: true, force: true }));
    // Stand-ins: nothing here is ever run, since the check comes before the first of them.
    for (const tool of ['make', 'cc', 'c++']) if (tool !== missing) symlinkSync('/bin/true', join(bin, tool));
    symlinkSync('/usr/bin/dirname', join(bin, 'dirname'));
    const ended = spawnSync('/bin/sh', [join(root, 'native/build.sh')], {
      env: { PATH: bin },
      encoding: 'utf8',
    });
    t.is(ended.status, 1);
    const [error = '', hint = ''] = ended.stderr.split('\n');
    t.true(error.includes(`'${missing}' was not found`), error);
    t.regex(hint, /^agentkeys: hint: on Debian or Ubuntu: apt-get install build-essential/);
  });
}
