/** argv as it was typed, whatever its bytes, number and length; and requests that no client of ours would make. */
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { createHome } from '../support/daemon.ts';
import { root } from '../support/source-tree.ts';
import { agentFile, parseTold } from '../support/told.ts';

/** Runs the client with arguments that a string of ours cannot hold: `make` is Python that gives a list of bytes. */
const withArguments = (make: string) => [
  ...['prlimit', '--stack=67108864', 'python3', '-c'],
  `import os, sys\nos.execv(sys.argv[1], [os.fsencode(word) for word in sys.argv[1:]] + ${make})`,
];

test('arguments that are empty or no text arrive as they are', async (t) => {
  const home = createHome(t);
  const prefix = withArguments(String.raw`[b'', b'\xff\xfe', b'a\nb', b'--', b'-p', b' ', b'\xc3\xa9', b'']`);
  const { words } = parseTold(await home.run(['run', '--', agentFile], { prefix }));
  t.deepEqual(words.slice(1), ['', '\udcff\udcfe', 'a\nb', '--', '-p', ' ', '\u00e9', '']);
});

const count = `
import hashlib, os, sys
words = [os.fsencode(word) for word in sys.argv[1:]]
print(len(words), hashlib.sha256(b'\\0'.join(words)).hexdigest())`;
for (const [what, length, argument] of [
  ['100,000 arguments', 100_000, 'x'.repeat(20)],
  ['3 MiB of arguments', 24, 'y'.repeat(131_071)],
] as const) {
  test(`${what} arrive as they are`, async (t) => {
    const home = createHome(t);
    const prefix = withArguments(`[b'${argument[0]}' * ${argument.length}] * ${length}`);
    const ended = await home.run(['run', '--', 'python3', '-c', count], { prefix });
    const words = Array.from({ length }, () => argument).join('\0');
    t.is(
      ended.stdout.toString(),
      `${length} ${createHash('sha256').update(words).digest('hex')}\n`,
      ended.stderr,
    );
  });
}

test('the agent is called what was typed', async (t) => {
  const home = createHome(t);
  const directory = join(home.directory, 'sub');
  mkdirSync(directory);
  symlinkSync('/bin/cat', join(directory, 'my-name'));
  const env = { PATH: `${directory}:${process.env.PATH}` };
  for (const typed of ['my-name', './sub/../sub/my-name', join(directory, 'my-name')]) {
    const ended = await home.run(['run', '--', typed, '/proc/self/cmdline'], { env, cwd: home.directory });
    t.is(ended.stdout.toString(), `${typed}\0/proc/self/cmdline\0`, ended.stderr);
  }
});

test('a command that is empty is not found', async (t) => {
  const home = createHome(t);
  t.is((await home.run(['run', '--', ''])).code, 127);
});

const requests: readonly [string, object, RegExp][] = [
  ['no argument at all', { words: '', argc: 0 }, /"code":"LAUNCH_CONTEXT"/],
  ['an empty command', { words: '\0', argc: 1 }, /"code":"LAUNCH_NOT_FOUND"/],
  ['a NUL inside an argument', { words: 'tr\0ue\0', argc: 1 }, /"code":"LAUNCH_CONTEXT"/],
  ['an argument without an end', { words: 'true', argc: 1 }, /"code":"LAUNCH_CONTEXT"/],
  ['more arguments than there are', { words: 'true\0', argc: 4_294_967_295 }, /"code":"LAUNCH_CONTEXT"/],
  ['a length beyond the end', { words: 'true\0', argc: 1, length: 4_294_967_295 }, /"code":"LAUNCH_CONTEXT"/],
  ['an environment that is not there', { words: 'true\0', argc: 1, envc: 3 }, /"code":"LAUNCH_CONTEXT"/],
  ['another version of the context', { words: 'true\0', argc: 1, version: 2 }, /"code":"LAUNCH_CONTEXT"/],
];
test('a request that is none is refused, and the daemon serves on', async (t) => {
  const home = createHome(t);
  await home.daemon();
  const client = join(root, 'test/fixtures/hostile-client.py');
  for (const [what, odd, expected] of requests) {
    const ended = await home.command('python3', [client, 'odd', home.directory, JSON.stringify(odd)]);
    t.regex(ended.stdout.toString(), expected, `${what}: ${ended.stderr}`);
    t.is((await home.run(['run', '--', 'true'])).code, 0, `after ${what}`);
  }
});
