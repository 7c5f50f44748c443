/** `daemon`: starts the daemon, in the background or here. */
import { exitCodes } from '../../core/exit-codes.ts';
import type { CommandMeta, Invocation } from '../command.ts';

export const meta: CommandMeta = {
  name: 'daemon',
  group: 'daemon',
  summary: 'start the daemon, unless it runs already',
  arguments: [],
  options: [{ flags: '--foreground', summary: 'stay, and log to standard error' }],
  examples: [
    { line: 'agentkeys daemon', does: 'returns when the daemon listens' },
    { line: 'agentkeys daemon --foreground', does: 'for a service manager, or to see why it ends' },
  ],
  exits: ['unreachable', 'configuration'],
};

export async function run({ machine, options }: Invocation): Promise<number> {
  if (options.foreground) {
    const exitCode = await machine.runDaemon();
    return exitCode < 0 ? exitCodes.general.code : exitCode;
  }
  await machine.startDaemon();
  return exitCodes.ok.code;
}
