/** Examples in the documentation: blocks of commands with the output that they must give. docs/contributing.md describes their form. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { root } from './source-tree.ts';

export interface Step {
  readonly command: string;
  /** Lines, with `…` for what differs from run to run. */
  readonly output: readonly string[];
}

export interface Example {
  /** Of the block's first line in its page, from 1. */
  readonly line: number;
  readonly steps: readonly Step[];
}

export interface Page {
  readonly path: string;
  readonly text: string;
}

/** README.md and every page directly in docs/, decisions included. */
export function listPages(): Page[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  const paths = ['README.md', ...inDocs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The fenced `sh` blocks that begin with `$ `; others are not run. Throws for a line that cannot be read. */
export function parseExamples({ path, text }: Page): Example[] {
  const blocks = text.matchAll(/^```sh\n([\s\S]*?)^```$/gm);
  return [...blocks].flatMap((block) => {
    const lines = (block[1] ?? '').replace(/\n$/, '').split('\n');
    if (!lines[0]?.startsWith('$ ')) {
      if (lines.some((line) => line.startsWith('$ ')))
        throw new Error(`${path}: a block begins without a command`);
      return [];
    }
    const line = text.slice(0, block.index).split('\n').length + 1;
    return [{ line, steps: parseSteps(lines) }];
  });
}

/** The fenced `sh` blocks without a `$ `: what a person types, one command a line, without its output. */
export function parsePlainBlocks({ text }: Page): { readonly line: number; readonly commands: string[] }[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap((block) => {
    const lines = (block[1] ?? '').replace(/\n$/, '').split('\n');
    const line = text.slice(0, block.index).split('\n').length + 1;
    return lines[0]?.startsWith('$ ') ? [] : [{ line, commands: lines }];
  });
}

/** What each step prints on both streams. One shell for all of them; a mark that no program prints ends the output of each. */
export async function runSteps(
  steps: readonly Step[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string[]> {
  const mark = randomBytes(12).toString('hex');
  const script = steps.map(({ command }) => `{ ${command}\n} 2>&1\nprintf '%s\\n' ${mark}\n`).join('');
  const shell = spawn('sh', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  return (await readText(shell.stdout)).split(`${mark}\n`).slice(0, -1);
}

/** `$ ` a command, `> ` right below it its next line, anything else its output. */
function parseSteps(lines: readonly string[]): Step[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const line of lines) {
    const step = steps.at(-1);
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] });
    else if (step !== undefined && step.output.length === 0 && /^>(?: |$)/.test(line))
      step.command += `\n${line.slice(2)}`;
    else step?.output.push(line);
  }
  return steps;
}

/** A line of only `…` stands for any lines, also none; elsewhere `…` stands for any text of one line. */
export function matchesOutput(expected: readonly string[], actual: string): boolean {
  const pattern = expected
    .map((line) => (line.trim() === '…' ? '(?:[^\\n]*\\n)*?' : `${escapeLine(line)}\\n`))
    .join('');
  const text = actual === '' || actual.endsWith('\n') ? actual : `${actual}\n`;
  return new RegExp(`^${pattern}$`).test(text);
}

function escapeLine(line: string): string {
  return line
    .split('…')
    .map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    .join('[^\\n]*');
}
