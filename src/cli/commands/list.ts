/** `list`: what the vault holds; names and times, no values. */
import type { Answer, BrokerConnection } from '../../client/broker-connection.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import { formatTable } from '../table.ts';

export const meta: CommandMeta = {
  name: 'list',
  summary: 'list the credentials of the vault',
  arguments: [],
  options: [jsonOption],
  examples: [
    { line: 'agentkeys list', does: 'one line a credential, by name' },
    { line: 'agentkeys list --json', does: 'the same as an array' },
  ],
  notes: [
    'a damaged entry is listed without version and time, and the exit code is then 1',
    'the last use is for people, and may miss what came right before a crash; the audit log is the record',
  ],
  exits: ['configuration'],
};

type CredentialRow = Answer<'list'>['ok']['credentials'][number];

const titles = ['SERVICE', 'VERSION', 'UPDATED', 'LAST USED'];

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const rows = await machine.withBroker({ mayStart: true }, fetchCredentials);
  if (options.json) voice.sayJson(rows);
  else for (const line of formatTable([titles, ...rows.map(formatRow)])) voice.say(line);
  const damaged = rows.filter(({ code }) => code !== undefined);
  for (const { service, code } of damaged)
    voice.note(
      `${escapeText(`${service} cannot be read (${code})`)}; agentkeys remove takes it away${
        // A link or a directory under the name is none of ours to take away.
        code === 'STATE_UNSAFE' ? ', or says why it does not' : ''
      }`,
    );
  return damaged.length === 0 ? exitCodes.ok.code : exitCodes.general.code;
}

async function fetchCredentials(broker: BrokerConnection): Promise<CredentialRow[]> {
  const rows: CredentialRow[] = [];
  let after: string | undefined;
  do {
    const { ok } = await broker.request('list', after === undefined ? {} : { after });
    rows.push(...ok.credentials);
    after = ok.next;
  } while (after !== undefined);
  return rows;
}

function formatRow({ service, version, updated, last_used }: CredentialRow): string[] {
  return [service, String(version ?? '-'), updated ?? '-', last_used ?? '-'].map(escapeText);
}
