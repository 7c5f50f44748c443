/** `audit tail`: the last records of the audit log, and those that follow. */
import { join } from 'node:path';
import type { FollowNotice } from '../../audit/follow.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { formatAuditLine } from '../audit-line.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import { ReaderGone } from '../output.ts';
import { parseCount } from '../whole-count.ts';

export const meta: CommandMeta = {
  name: 'audit tail',
  group: 'record',
  summary: 'show the last records of the audit log',
  arguments: [],
  options: [
    { flags: '-f, --follow', summary: 'go on with records as they are written, until ^C' },
    { flags: '-n, --count <n>', summary: 'how many; 20 if absent' },
    jsonOption,
  ],
  examples: [
    { line: 'agentkeys audit tail -n 5', does: 'the last five, oldest first' },
    { line: 'agentkeys audit tail -f', does: 'the last ones, then each as it is written' },
    { line: 'agentkeys audit tail --json', does: 'one record a line, as it stands in the log' },
  ],
  notes: ['records are not verified: agentkeys audit verify does that'],
  exits: ['configuration'],
};

const defaultCount = 20;

const notices: Readonly<Record<FollowNotice, string>> = {
  gone: 'the audit log is gone; waiting for another',
  replaced: 'the audit log is another one now; following it from its beginning',
  truncated: 'the audit log was cut off; following it from its beginning',
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const count = parseCount(options.count, '-n') ?? defaultCount;
  const directory = join((await machine.paths()).state, 'audit');
  const say = (line: string): void =>
    options.json ? voice.sayJsonLine(line) : voice.say(formatAuditLine(line));
  if (options.follow) {
    const { followAuditLog } = await import('../../audit/follow.ts');
    const ending = new AbortController();
    const cancel = await machine.whenReaderGone(() => ending.abort());
    const onNotice = (notice: FollowNotice): void => voice.note(notices[notice]);
    await followAuditLog({ directory, count, onLine: say, onNotice, signal: ending.signal }).finally(cancel);
    throw new ReaderGone();
  }
  // Help loads this file for its words alone.
  const { readAuditTail } = await import('../../audit/tail.ts');
  for (const line of await readAuditTail({ directory, count })) say(line);
  return exitCodes.ok.code;
}
