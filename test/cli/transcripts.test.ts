import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const directory = fileURLToPath(new URL('../transcripts/', import.meta.url));
const bin = dirname(fileURLToPath(new URL('../../bin/agentkeys', import.meta.url)));

interface Step {
  readonly command: string;
  readonly out: string[];
  readonly err: string[];
  exitCode: number;
}

/**
 * A transcript: `$ ` a command, run by sh; `> ` a line of its stdout; `! ` one of its stderr; `? ` its exit code unless 0; `# ` a remark.
 * Between `<<` and `>>` stands a regular expression.
 */
function parseTranscript(source: string): Step[] {
  const steps: Step[] = [];
  for (const line of source.split('\n')) {
    const rest = line.slice(2);
    const step = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: rest, out: [], err: [], exitCode: 0 });
    else if (line.startsWith('?')) Object.assign(step ?? {}, { exitCode: Number(rest) });
    else if (line.startsWith('>')) step?.out.push(rest);
    else if (line.startsWith('!')) step?.err.push(rest);
    else if (line !== '' && !line.startsWith('#')) throw new Error(`not a line of a transcript: ${line}`);
  }
  return steps;
}

function toPattern(lines: readonly string[]): RegExp {
  const whole = lines.map((line) => `${line}\n`).join('');
  const parts = whole.split(/<<(.*?)>>/);
  return new RegExp(
    `^${parts.map((part, index) => (index % 2 === 0 ? part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&') : part)).join('')}$`,
  );
}

async function runShell(
  command: string,
  home: string,
): Promise<{ out: string; err: string; exitCode: number | null }> {
  const { AGENTKEYS_HOME: _, NO_COLOR: __, ...environment } = process.env;
  const child = spawn('sh', ['-c', command], {
    cwd: home,
    env: { ...environment, AGENTKEYS_HOME: home, PATH: `${bin}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { out, err, exitCode };
}

for (const file of (await readdir(directory)).filter((name) => name.endsWith('.txt'))) {
  test(file.replace(/\.txt$/, '').replaceAll('-', ' '), async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'agentkeys-test-'));
    t.teardown(async () => {
      await runShell('agentkeys stop', home);
      await rm(home, { recursive: true });
    });
    for (const { command, out, err, exitCode } of parseTranscript(
      await readFile(join(directory, file), 'utf8'),
    )) {
      const seen = await runShell(command, home);
      t.regex(seen.out, toPattern(out), command);
      t.regex(seen.err, toPattern(err), command);
      t.is(seen.exitCode, exitCode, command);
    }
  });
}
