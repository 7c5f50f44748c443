/**
 * Walks the README as a stranger would: a fresh clone of what is committed, a home of its own, then every command of the page in its
 * order. Not a part of the suite, since it installs and tests everything again: `node test/docs/walk.ts`.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  matchesOutput,
  parseExamples,
  parsePlainBlocks,
  runSteps,
  type Step,
} from '../support/doc-examples.ts';
import { root } from '../support/source-tree.ts';

const place = mkdtempSync(join(tmpdir(), 'ak-walk-'));
const clone = join(place, 'agentkeys');
const env: NodeJS.ProcessEnv = {
  PATH: `${join(place, 'prefix/bin')}:${process.env.PATH}`,
  HOME: join(place, 'home'),
  NO_COLOR: '1',
  LC_ALL: 'C.UTF-8',
  // Nothing is installed outside the place; which registry and which cache are asked stays this machine's business.
  npm_config_prefix: join(place, 'prefix'),
  npm_config_cache: join(homedir(), '.npm'),
  npm_config_userconfig: join(homedir(), '.npmrc'),
};

interface Block {
  readonly line: number;
  readonly steps: readonly Step[];
  /** Only that a plain command succeeds is known; a step shows its output. */
  readonly isPlain: boolean;
}

function readBlocks(): Block[] {
  const page = { path: 'README.md', text: readFileSync(join(clone, 'README.md'), 'utf8') };
  const plain = parsePlainBlocks(page).map(({ line, commands }) => ({
    line,
    isPlain: true,
    steps: commands.map((command) => ({ command, output: [] })),
  }));
  const shown = parseExamples(page).map((example) => ({ ...example, isPlain: false }));
  return [...plain, ...shown].toSorted((a, b) => a.line - b.line);
}

/** The number of commands that did something else than the page says. */
async function walk({ line, steps, isPlain }: Block): Promise<number> {
  if (isPlain) return steps.filter(({ command }) => !report(line, command, run(command))).length;
  const outputs = await runSteps(steps, { cwd: clone, env });
  const good = steps.map(({ command, output }, index) => {
    const seen = outputs[index] ?? '(the shell ended before)';
    return report(line, command, matchesOutput(output, seen) ? undefined : seen);
  });
  return good.filter((isGood) => !isGood).length;
}

/** What a failed command printed; undefined: it succeeded. */
function run(command: string): string | undefined {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd: clone,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return status === 0 ? undefined : `${stdout}${stderr}`;
}

function report(line: number, command: string, complaint: string | undefined): boolean {
  const isGood = complaint === undefined;
  process.stdout.write(`${isGood ? 'ok   ' : 'WRONG'} README.md:${line} $ ${command.split('\n')[0]}\n`);
  if (!isGood) process.stdout.write(complaint.replace(/^/gm, '        '));
  return isGood;
}

let wrong = 0;
try {
  // Tests run programs of the clone as other users too.
  chmodSync(place, 0o755);
  mkdirSync(join(place, 'home'));
  spawnSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone], { stdio: 'inherit' });
  for (const block of readBlocks()) wrong += await walk(block);
} finally {
  spawnSync('sh', ['-c', 'agentkeys stop'], { env, stdio: 'ignore' });
  rmSync(place, { recursive: true, force: true });
}
process.stdout.write(wrong === 0 ? 'every command did what the page says\n' : `${wrong} commands did not\n`);
process.exitCode = wrong === 0 ? 0 : 1;
