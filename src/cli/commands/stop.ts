/** `stop`: ends the daemon. */
import { exitCodes } from '../../core/exit-codes.ts';
import type { CommandMeta, Invocation } from '../command.ts';

export const meta: CommandMeta = {
  name: 'stop',
  summary: 'end the daemon; agents that run go on',
  arguments: [],
  options: [],
  examples: [{ line: 'agentkeys stop', does: 'returns when the daemon is gone' }],
};

export async function run({ machine }: Invocation): Promise<number> {
  await machine.withBroker({ mayStart: false }, async (broker) => {
    await broker.request('stop', {});
    await broker.untilClosed();
  });
  return exitCodes.ok.code;
}
