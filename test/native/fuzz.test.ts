/** Every native harness of test/fuzz on its corpus and on fixed mutations of it, with the compiler that is there anyway. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { root } from '../support/source-tree.ts';

const mutations = 2000;
const directory = join(root, 'test/fuzz');
const targets = readdirSync(directory)
  .filter((name) => name.endsWith('.c') && name !== 'replay.c')
  .map((name) => name.slice(0, -2));
const built = mkdtempSync(join(tmpdir(), 'agentkeys-fuzz-'));

test.before('builds the harnesses', (t) => {
  const build = spawnSync('sh', [join(directory, 'build.sh'), built, 'replay'], { encoding: 'utf8' });
  t.is(build.status, 0, build.stderr);
});

test.after.always('removes them', () => rmSync(built, { recursive: true, force: true }));

const filesOf = (target: string) => readdirSync(join(directory, 'corpus', target));
const replay = promisify(execFile);

for (const target of targets) {
  // What once went wrong has a name and a test of its own.
  for (const found of filesOf(target).filter((name) => !name.startsWith('seed-'))) {
    test.serial(`${target} stands ${found.replaceAll('-', ' ')}`, async (t) => {
      await t.notThrowsAsync(replay(join(built, target), ['0', join(directory, 'corpus', target, found)]));
    });
  }

  test.serial(`${target} stands its corpus and ${mutations} mutations of it`, async (t) => {
    const files = filesOf(target).map((name) => join(directory, 'corpus', target, name));
    const { stdout } = await replay(join(built, target), [String(mutations), ...files]);
    t.is(stdout, `${files.length} files, ${mutations} mutations\n`);
  });
}

test('every folder of the corpus belongs to a harness', (t) => {
  t.deepEqual(readdirSync(join(directory, 'corpus')).sort(), [...targets].sort());
});
