/** `stop`: ends the daemon. */
import { exitCodes } from '../../core/exit-codes.ts';
import type { CommandMeta, Invocation } from '../command.ts';

export const meta: CommandMeta = {
  name: 'stop',
  group: 'daemon',
  summary: 'end the daemon; agents that run go on',
  arguments: [],
  options: [],
  examples: [{ line: 'agentkeys stop', does: 'returns when the daemon is gone' }],
  exits: ['unreachable'],
};

export async function run({ machine, voice }: Invocation): Promise<number> {
  const { sessions } = await machine.withBroker({ mayStart: false }, async (broker) => {
    const { ok } = await broker.request('status', {});
    await broker.request('stop', {});
    await broker.untilClosed();
    return ok;
  });
  if (sessions > 0) voice.say(`${sessions} running ${sessions === 1 ? 'agent goes' : 'agents go'} on`);
  return exitCodes.ok.code;
}
