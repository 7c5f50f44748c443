/** `audit tail`: the last records of the audit log. */
import { join } from 'node:path';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { cutText, escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'audit tail',
  group: 'record',
  summary: 'show the last records of the audit log',
  arguments: [],
  options: [{ flags: '-n, --count <n>', summary: 'how many; 20 if absent' }, jsonOption],
  examples: [
    { line: 'agentkeys audit tail -n 5', does: 'the last five, oldest first' },
    { line: 'agentkeys audit tail --json', does: 'one record a line, as it stands in the log' },
  ],
  exits: ['configuration'],
};

const defaultCount = 20;
const maxCount = 10_000;

/** In the order of a line; a record's chain stays out of it. */
const shownFields = [
  'event',
  'agent_id',
  'session',
  'profile',
  'service',
  'backend',
  'delivery',
  'uid',
  'pid',
  'reason',
  'code',
];

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const count = parseCount(options.count);
  // Help loads this file for its words alone.
  const { readAuditTail } = await import('../../audit/tail.ts');
  const lines = await readAuditTail({ directory: join((await machine.paths()).state, 'audit'), count });
  for (const line of lines) {
    if (options.json) voice.sayJsonLine(line);
    else voice.say(formatLine(line));
  }
  return exitCodes.ok.code;
}

/** Errors: `USAGE`. */
function parseCount(given: unknown): number {
  if (given === undefined) return defaultCount;
  const count = typeof given === 'string' && /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > maxCount)
    throw new AgentKeysError('USAGE', { rule: `-n takes a number from 1 to ${maxCount}` });
  return count;
}

/** A line that is no record is shown as it is, escaped: the log may be broken, and this is the command to see that with. */
function formatLine(line: string): string {
  const record = parseRecord(line);
  if (record === undefined) return escapeText(cutText(line));
  const shown = shownFields
    .filter((field) => record[field] !== null && record[field] !== undefined)
    .map((field) => (field === 'event' ? String(record[field]) : `${field}=${String(record[field])}`));
  return escapeText([record.seq, record.ts, ...shown].join(' '));
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
