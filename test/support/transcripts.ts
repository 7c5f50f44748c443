/** Command lines with what they print and how they end: test/transcripts/*.txt. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './source-tree.ts';

export interface TranscriptStep {
  readonly command: string;
  readonly out: string[];
  readonly err: string[];
  exitCode: number;
}

/**
 * A transcript: `$ ` a command, run by sh; `> ` a line of its stdout; `! ` one of its stderr; `? ` its exit code unless 0; `# ` a remark.
 * Between `<<` and `>>` stands a regular expression.
 */
export function parseTranscript(source: string): TranscriptStep[] {
  const steps: TranscriptStep[] = [];
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

export interface Transcript {
  readonly name: string;
  readonly steps: readonly TranscriptStep[];
}

export function listTranscripts(): Transcript[] {
  const directory = join(root, 'test/transcripts');
  return readdirSync(directory)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({
      name: file.replace(/\.txt$/, ''),
      steps: parseTranscript(readFileSync(join(directory, file), 'utf8')),
    }));
}
