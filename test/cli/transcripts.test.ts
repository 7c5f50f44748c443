/** What a person types and sees; test/support/transcripts.ts describes the form of the files. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { listTranscripts } from '../support/transcripts.ts';

const bin = dirname(fileURLToPath(new URL('../../bin/agentkeys', import.meta.url)));

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

for (const { name, steps } of listTranscripts()) {
  test(name.replaceAll('-', ' '), async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'agentkeys-test-'));
    t.teardown(async () => {
      await runShell('agentkeys stop', home);
      await rm(home, { recursive: true });
    });
    for (const { command, out, err, exitCode } of steps) {
      const seen = await runShell(command, home);
      t.regex(seen.out, toPattern(out), command);
      t.regex(seen.err, toPattern(err), command);
      t.is(seen.exitCode, exitCode, command);
    }
  });
}
