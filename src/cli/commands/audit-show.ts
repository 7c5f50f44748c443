/** `audit show`: the records of the whole audit log that match. */
import { join } from 'node:path';
import type { AuditRecord } from '../../audit/event.ts';
import type { RecordFilter } from '../../audit/select.ts';
import { auditEventNames } from '../../core/audit-events.ts';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseAgentId, parseProfileName, parseServiceName, parseSessionId } from '../../core/ids.ts';
import { formatAuditLine } from '../audit-line.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import { parseMoment } from '../moment.ts';
import { parseCount } from '../whole-count.ts';

const eventNames: readonly AuditRecord['event'][] = [...auditEventNames, 'anchor'];

export const meta: CommandMeta = {
  name: 'audit show',
  summary: 'show the records of the audit log that match',
  arguments: [],
  options: [
    { flags: '--agent <id>', summary: 'of this agent', completes: 'agent' },
    { flags: '--session <session>', summary: 'of this run', completes: 'session' },
    { flags: '--profile <name>', summary: 'of this profile', completes: 'profile' },
    { flags: '--service <name>', summary: 'of this credential', completes: 'service' },
    { flags: '--event <event>', summary: 'of this kind', choices: eventNames, isRepeatable: true },
    { flags: '--since <time>', summary: 'not before: RFC 3339, or how long ago' },
    { flags: '--until <time>', summary: 'not after: RFC 3339, or how long ago' },
    { flags: '--last <n>', summary: 'only so many of them, the newest' },
    jsonOption,
  ],
  examples: [
    { line: 'agentkeys audit show --event grant --since 24h', does: 'what was released since yesterday' },
    {
      line: 'agentkeys audit show --service openai --last 5 --json',
      does: 'the last five records about one credential, as they stand in the log',
    },
  ],
  notes: ['records are not verified: agentkeys audit verify does that'],
  exits: ['configuration'],
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const filter = parseFilter(options);
  const last = parseCount(options.last, '--last');
  const { selectRecords } = await import('../../audit/select.ts');
  const directory = join((await machine.paths()).state, 'audit');
  const say = (line: string): void =>
    options.json ? voice.sayJsonLine(line) : voice.say(formatAuditLine(line));
  const kept: string[] = [];
  const keep = (line: string): void => {
    kept.push(line);
    if (last !== undefined && kept.length > last) kept.shift();
  };
  const take = last === undefined ? say : keep;
  const { firstBadLine } = await selectRecords({ directory, filter, onRecord: ({ line }) => take(line) });
  for (const line of kept) say(line);
  if (firstBadLine === undefined) return exitCodes.ok.code;
  const rule = 'the line is not a canonical record';
  voice.tell(
    new AgentKeysError('AUDIT_BROKEN', { seq: firstBadLine, rule, file: join(directory, 'audit.jsonl') }),
  );
  return exitCodes.general.code;
}

/** Errors: `USAGE`, `NAME_INVALID`. */
function parseFilter(options: Invocation['options']): RecordFilter {
  const nowMs = Date.now();
  const sinceMs = parseMoment(options.since, '--since', nowMs);
  const untilMs = parseMoment(options.until, '--until', nowMs);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs > untilMs)
    throw new AgentKeysError('USAGE', { rule: '--since is later than --until' });
  return {
    agentId: parseGiven(options.agent, parseAgentId),
    session: parseGiven(options.session, parseSessionId),
    profile: parseGiven(options.profile, parseProfileName),
    service: parseGiven(options.service, parseServiceName),
    events: parseEvents(options.event),
    sinceMs,
    untilMs,
  };
}

function parseGiven(given: unknown, parse: (text: string) => string): string | undefined {
  return given === undefined ? undefined : parse(String(given));
}

function parseEvents(given: unknown): ReadonlySet<string> | undefined {
  if (!Array.isArray(given)) return undefined;
  const events = given.map(String);
  const known: readonly string[] = eventNames;
  if (events.some((event) => !known.includes(event)))
    throw new AgentKeysError('USAGE', { rule: `--event takes one of: ${known.join(', ')}` });
  return new Set(events);
}
