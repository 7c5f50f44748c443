/** `status`: the daemon's processes and health. */
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'status',
  group: 'daemon',
  summary: 'show whether the daemon runs and how it is; never starts one',
  arguments: [],
  options: [jsonOption],
  examples: [{ line: 'agentkeys status --json', does: 'ends with 69 if no daemon answers' }],
  exits: ['unreachable'],
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const { ok } = await machine.withBroker({ mayStart: false }, (broker) => broker.request('status', {}));
  if (options.json) {
    voice.sayJson(ok);
    return exitCodes.ok.code;
  }
  const rows = [
    ['version', ok.version],
    ['mode', ok.mode],
    ['broker', `pid ${ok.broker.pid}`],
    ['spawner', `pid ${ok.spawner.pid}`],
    ['vault', ok.vault.present ? (ok.vault.locked ? 'locked' : 'unlocked') : 'none yet'],
    ['sessions', String(ok.sessions)],
    ['hardening', ok.hardening],
  ] as const;
  for (const [name, value] of rows) voice.say(`${name.padEnd(9)}  ${escapeText(value)}`);
  return exitCodes.ok.code;
}
