import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { collect, type Ended } from '../support/daemon.ts';
import { asRoot } from '../support/root.ts';
import { root } from '../support/source-tree.ts';

/** `prefix` is a command that execs the rest. What the demo makes goes below a directory of this test. */
async function runDemo(
  t: ExecutionContext,
  { prefix = [], folder = '' }: { readonly prefix?: readonly string[]; readonly folder?: string } = {},
): Promise<Ended & { readonly text: string; readonly left: readonly string[] }> {
  const directory = mkdtempSync(join(tmpdir(), `ak-${folder}`));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const [program = '', ...args] = [...prefix, process.execPath, join(root, 'test/demo/demo.ts')];
  const child = spawn(program, args, { env: { ...process.env, TMPDIR: directory }, cwd: root });
  const ended = await collect(child, '');
  const text = ended.stdout.toString();
  t.log(text.trimEnd().split('\n').at(-1));
  return { ...ended, text, left: readdirSync(directory) };
}

test('every check of the demo is right, and it leaves nothing behind', async (t) => {
  const { code, text, left } = await runDemo(t);
  t.is(code, 0);
  if (process.getuid?.() === 0) t.regex(text, /the 4 other processes that were searched do not\n$/);
  t.regex(text, /\ndemo: all \d+ checks are right; the agent holds the value, [^\n]* not[^\n]*\n$/);
  t.regex(text, /^agent {4}[\d,]+ bytes of \w+ searched, [1-9]\d* finds?/m);
  t.notRegex(text, /canary/);
  t.deepEqual(left, []);
});

asRoot('the demo says whose memory the kernel keeps closed, and counts it as that', async (t) => {
  const { code, text } = await runDemo(t, { prefix: ['setpriv', '--bounding-set', '-sys_ptrace'] });
  t.is(code, 0);
  for (const role of ['spawner', 'broker', 'monitor'])
    t.regex(text, new RegExp(`^${role} +refused by the kernel: not readable by uid 0; `, 'm'));
  t.regex(
    text,
    /the 1 other process that was searched does not; the kernel keeps the other 3 closed to uid 0\n$/,
  );
});

test('a demo that goes wrong says so and ends with 1', async (t) => {
  // A socket's path has at most 107 bytes, so that no daemon starts here.
  const { code, text, left } = await runDemo(t, { folder: 'a-long-name-'.repeat(9) });
  t.is(code, 1);
  t.regex(text, /\ndemo: \d+ of \d+ checks failed: init makes a vault; store takes the value\n$/);
  t.deepEqual(left, []);
});
