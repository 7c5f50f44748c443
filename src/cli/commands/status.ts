/** `status`: the daemon's processes and health. */
import type { Answer } from '../../client/broker-connection.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import { formatTable } from '../table.ts';

export const meta: CommandMeta = {
  name: 'status',
  group: 'daemon',
  summary: 'show whether the daemon runs and how it is; never starts one',
  arguments: [],
  options: [jsonOption],
  examples: [{ line: 'agentkeys status --json', does: 'ends with 69 if no daemon answers' }],
  exits: ['unreachable'],
};

type Status = Answer<'status'>['ok'];

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const { ok } = await machine.withBroker({ mayStart: false }, (broker) => broker.request('status', {}));
  if (options.json) voice.sayJson(ok);
  else for (const line of formatTable(formatRows(ok))) voice.say(line);
  return exitCodes.ok.code;
}

const memoryWords: Readonly<Record<Status['memory'], string>> = {
  secretmem: 'memfd_secret',
  locked: 'locked memory: this kernel has no memfd_secret',
};

const durabilityWords: Readonly<Record<Status['audit']['durability'], string>> = {
  sync: 'each grant is on the disk before a byte leaves',
  batched: 'each grant is with the kernel before a byte leaves, on the disk within 50 ms',
};

function formatRows(status: Status): string[][] {
  const { broker, spawner, home, audit } = status;
  const rows = [
    ['version', status.version],
    ['mode', status.mode],
    ['broker', `pid ${broker.pid}, since ${status.since}`],
    ['spawner', `pid ${spawner.pid}`],
    ['vault', formatVault(status.vault)],
    ['sessions', String(status.sessions)],
    ['hardening', status.hardening],
    ['memory', memoryWords[status.memory]],
    ['audit', `${audit.durability}: ${durabilityWords[audit.durability]}`],
    ['config', home.config],
    ['state', home.state],
    ['run', home.run],
    ['socket', home.socket],
  ];
  return rows.map((row) => row.map(escapeText));
}

function formatVault({ state, locked, error }: Status['vault']): string {
  if (state === 'absent') return 'not made yet';
  if (error !== undefined) return `${state}: ${error.message}`;
  return locked ? 'locked' : state;
}
