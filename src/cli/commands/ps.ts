/** `ps`: the sessions that live. */
import type { Answer, BrokerConnection } from '../../client/broker-connection.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import { formatTable } from '../table.ts';

export const meta: CommandMeta = {
  name: 'ps',
  group: 'launch',
  summary: 'list the agents that run',
  arguments: [],
  options: [jsonOption],
  examples: [
    { line: 'agentkeys ps', does: 'one line an agent, oldest first' },
    { line: 'agentkeys ps --json', does: 'the same as an array, with credentials and grades' },
  ],
  exits: ['unreachable'],
};

type SessionRow = Answer<'ps'>['ok']['sessions'][number];

const titles = ['AGENT', 'SESSION', 'PROFILE', 'PID', 'STATE', 'STARTED', 'CREDENTIALS'];

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const sessions = await machine.withBroker({ mayStart: false }, fetchSessions);
  sessions.sort((a, b) => (a.started < b.started ? -1 : a.started > b.started ? 1 : 0));
  if (options.json) voice.sayJson(sessions);
  else for (const line of formatTable([titles, ...sessions.map(formatRow)])) voice.say(line);
  return exitCodes.ok.code;
}

async function fetchSessions(broker: BrokerConnection): Promise<SessionRow[]> {
  const sessions: SessionRow[] = [];
  let after: string | undefined;
  do {
    const { ok } = await broker.request('ps', after === undefined ? {} : { after });
    sessions.push(...ok.sessions);
    after = ok.next;
  } while (after !== undefined);
  return sessions;
}

function formatRow(row: SessionRow): string[] {
  const credentials = row.credentials
    .map(({ name, service, grade }) => `${name}=${service}(${grade})`)
    .join(',');
  return [
    row.agent_id,
    row.session,
    row.profile,
    String(row.pid),
    row.state,
    row.started,
    credentials || '-',
  ].map(escapeText);
}
