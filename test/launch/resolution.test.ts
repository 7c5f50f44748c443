/** Which file runs: the one that execvp would find, and that very file. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { createHome, type Home } from '../support/daemon.ts';
import { afterGo } from '../support/stages.ts';

/** `tool` says which file it is, and stands in several places, one of them the working directory. */
function manyTools(t: ExecutionContext): { home: Home; cwd: string } {
  const home = createHome(t);
  const cwd = join(home.directory, 'cwd');
  for (const name of ['.', 'relative', 'absolute', 'folder/tool', 'plain', 'dangling', 'empty'])
    mkdirSync(join(cwd, name), { recursive: true });
  for (const name of ['.', 'relative', 'absolute'])
    copyFileSync('/usr/bin/readlink', join(cwd, name, 'tool'));
  writeFileSync(join(cwd, 'plain/tool'), 'not executable', { mode: 0o644 });
  symlinkSync('nowhere', join(cwd, 'dangling/tool'));
  return { home, cwd };
}

const paths = [
  ['.', 'absolute'],
  ['', 'absolute'],
  ['absolute', ''],
  ['relative', 'absolute'],
  ['./relative', '.'],
  ['../cwd/relative'],
  ['empty', 'folder', 'plain', 'dangling', 'absolute'],
  ['folder', 'plain'],
  ['plain', 'empty'],
  ['dangling', 'empty'],
  ['plain/tool', 'relative'],
];

test('finds in PATH what execvp finds, and runs that file', async (t) => {
  const { home, cwd } = manyTools(t);
  for (const elements of paths) {
    const PATH = elements.map((name) => (name === 'absolute' ? join(cwd, name) : name)).join(':');
    const args = ['-f', '/proc/self/exe'];
    const own = await home.run(['run', '--', 'tool', ...args], { cwd, env: { PATH } });
    // env(1) is execvp with nothing around it.
    const other = spawnSync('/usr/bin/env', ['tool', ...args], { cwd, env: { PATH } });
    t.deepEqual(
      [own.code, own.stdout.toString()],
      [other.status, other.stdout.toString()],
      PATH.slice(0, 80),
    );
  }
});

test('an element of PATH that is too long for a path is skipped', async (t) => {
  const { home, cwd } = manyTools(t);
  // Not compared: glibc takes the rest of such an element for an empty one, and runs what lies in the working directory.
  const env = { PATH: `${'x'.repeat(5000)}:${join(cwd, 'absolute')}` };
  const ended = await home.run(['run', '--', 'tool', '-f', '/proc/self/exe'], { cwd, env });
  t.is(ended.stdout.toString(), `${join(cwd, 'absolute/tool')}\n`);
});

test('without PATH a fixed list of directories is searched, and never the working directory', async (t) => {
  const { home, cwd } = manyTools(t);
  const file = join(home.directory, 'closed.toml');
  writeFileSync(file, 'schema = 1\nname = "closed"\n[environment]\nunset = ["PATH"]\n');
  const env = { PATH: cwd };
  t.is((await home.run(['run', '-p', file, '--', 'tool'], { cwd, env })).code, 127);
  t.is((await home.run(['run', '-p', file, '--', 'true'], { cwd, env })).code, 0);
});

test('a file without a known form is not handed to a shell', async (t) => {
  const home = createHome(t);
  const marker = join(home.directory, 'started');
  const file = join(home.directory, 'text');
  writeFileSync(file, `: > ${marker}\n`);
  chmodSync(file, 0o755);
  t.is((await home.run(['run', '--', file])).code, 126);
  t.false(existsSync(marker));
});

/** What becomes of the executable after it was found and before it is executed. */
const swaps: Readonly<Record<string, (file: string, other: string) => void>> = {
  'replaced by another file': (file, other) => renameSync(other, file),
  'replaced by a link to another file': (file, other) => {
    renameSync(file, `${file}.old`);
    symlinkSync(other, file);
  },
  'written to': (file, other) => copyFileSync(other, file),
};
for (const [what, swap] of Object.entries(swaps)) {
  test(`an executable that was ${what} in between is not run`, async (t) => {
    const home = createHome(t, { hasFaults: true });
    const fifo = join(home.directory, 'pause');
    spawnSync('mkfifo', [`${fifo}.out`, `${fifo}.in`]);
    await home.daemon([`--fault=${afterGo}:wait=${fifo}`]);
    const marker = join(home.directory, 'started');
    const [file, other] = ['file', 'other'].map((name) => join(home.directory, name)) as [string, string];
    for (const path of [file, other]) {
      writeFileSync(path, `#!/bin/sh\n: > ${marker}-${path === file ? 'file' : 'other'}\n`);
      chmodSync(path, 0o755);
    }
    const running = home.run(['run', '--', file]);
    spawnSync('cat', [`${fifo}.out`]);
    swap(file, other);
    writeFileSync(`${fifo}.in`, '');
    const ended = await running;
    t.is(ended.code, 125);
    t.regex(ended.stderr, /could not be started: executable: ESTALE/);
    t.false(existsSync(`${marker}-file`) || existsSync(`${marker}-other`));
  });
}
