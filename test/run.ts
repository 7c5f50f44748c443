/** `npm test`: builds what the tests need, runs them all and ends with one line: `N passed, N failed, N skipped`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuild } from './support/build.ts';
import { root } from './support/source-tree.ts';
import { createTapReader, type TapCounts } from './support/tap.ts';

const progressEvery = 100;

interface Run extends TapCounts {
  /** What no single test shows. */
  readonly complaints: readonly string[];
}

/** The lock file pins this Node; the machine's own may be another. */
const node = join(root, 'node_modules/.bin/node');
const ava = join(root, 'node_modules/.bin/ava');

async function runTests(args: readonly string[]): Promise<Run> {
  if (!ensureBuild()) return { passed: 0, failed: 1, skipped: 0, complaints: ['the build failed'] };
  // Some CI services split a run of ava by these variables; a part would look like the whole.
  const { CI_NODE_INDEX: _index, CI_NODE_TOTAL: _total, ...environment } = process.env;
  const runner = spawn(node, [ava, '--tap', ...args], {
    cwd: root,
    env: { ...environment, PATH: `${join(root, 'node_modules/.bin')}:${environment.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const reader = createTapReader({
    onFailed: (lines) => say(`\nFAILED ${lines.join('\n')}`),
    onSkipped: (title) => say(`skipped: ${title}`),
    onTest: ({ passed, failed, skipped }) => {
      const count = passed + failed + skipped;
      if (count % progressEvery === 0) say(`… ${count} tests`);
    },
  });
  const ended = once(runner, 'close');
  for await (const line of createInterface({ input: runner.stdout })) reader.push(line);
  const [code, signal] = await ended;
  return judge(reader.finish(), code === 0, `ava ended with ${signal ?? `code ${code}`}`);
}

/** A run that ended badly, early or empty is not good, whatever its tests say. */
function judge(counts: TapCounts & { readonly hasEnded: boolean }, isCodeZero: boolean, ending: string): Run {
  const { passed, failed, skipped, hasEnded } = counts;
  const hasCrashed = !hasEnded || (!isCodeZero && failed === 0);
  const complaints: string[] = [];
  if (hasCrashed) complaints.push(ending);
  if (passed + failed === 0) complaints.push('no test has run');
  if (process.env.CI === 'true' && skipped > 0) complaints.push('tests were skipped');
  return { passed, failed: hasCrashed ? failed + 1 : failed, skipped, complaints };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const { passed, failed, skipped, complaints } = await runTests(process.argv.slice(2));
for (const complaint of complaints) say(`FAILED ${complaint}`);
say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || complaints.length > 0 ? 1 : 0;
