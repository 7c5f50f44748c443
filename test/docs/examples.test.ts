/** What the documentation shows is what the programs do: every example is run in a home of its own page. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listPages, matchesOutput, parseExamples, runSteps } from '../support/doc-examples.ts';
import { root } from '../support/source-tree.ts';

const pages = listPages().map((page) => ({ ...page, examples: parseExamples(page) }));

interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** An empty directory, the built programs first on the path, no daemon; what the page leaves running is ended. */
function createPlace(t: ExecutionContext): Place {
  const home = mkdtempSync(join(tmpdir(), 'ak-'));
  const cwd = join(home, 'work');
  mkdirSync(cwd);
  const path = [join(root, 'bin'), join(root, 'node_modules/.bin'), process.env.PATH].join(':');
  const env = { ...process.env, AGENTKEYS_HOME: home, PATH: path, NO_COLOR: '1', LC_ALL: 'C.UTF-8' };
  t.teardown(() => {
    spawnSync('agentkeys', ['stop'], { env, stdio: 'ignore' });
    rmSync(home, { recursive: true, force: true });
  });
  return { cwd, env };
}

for (const { path, examples } of pages.filter((page) => page.examples.length > 0)) {
  test(`the examples of ${path} do what they show`, async (t) => {
    const place = createPlace(t);
    for (const example of examples) {
      const outputs = await runSteps(example.steps, place);
      for (const [index, { command, output }] of example.steps.entries()) {
        const actual = outputs[index] ?? '(the shell ended before this command)';
        t.true(
          matchesOutput(output, actual),
          `${path}:${example.line}: $ ${command}\nshows:\n${output.join('\n')}\ngives:\n${actual}`,
        );
      }
    }
  });
}

test('the first page has examples that run', (t) => {
  t.true(pages.some(({ path, examples }) => path === 'README.md' && examples.length > 0));
});

const matches = test.macro((t, expected: string[], actual: string, isMatch: boolean) => {
  t.is(matchesOutput(expected, actual), isMatch);
});

test('output is compared as it is', matches, ['a.b', 'c'], 'a.b\nc\n', true);
test('a missing last line end does not matter', matches, ['a'], 'a', true);
test('another character matters', matches, ['a.b'], 'axb\n', false);
test('a line too many matters', matches, ['a'], 'a\nb\n', false);
test('output where none is shown matters', matches, [], 'a\n', false);
test('an ellipsis stands for the rest of a line', matches, ['a …', 'b'], 'a b c\nb\n', true);
test('an ellipsis in a line does not reach the next', matches, ['a …'], 'a b\nc\n', false);
test('a line of an ellipsis stands for any lines', matches, ['a', '…', 'd'], 'a\nb\nc\nd\n', true);
test('a line of an ellipsis stands for no line too', matches, ['a', '…'], 'a\n', true);

test('a block is read as commands, their further lines and their output', (t) => {
  const page = {
    path: 'x.md',
    text: 'Text\n\n```sh\n$ cat <<E\n> a\n> E\na\n$ true\n```\n\n```sh\nnpm ci\n```\n',
  };
  t.deepEqual(parseExamples(page), [
    {
      line: 4,
      steps: [
        { command: 'cat <<E\na\nE', output: ['a'] },
        { command: 'true', output: [] },
      ],
    },
  ]);
});
