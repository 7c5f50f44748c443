/** `read`: a value from the vault to descriptor 1, without passing through this process. */
import type { BrokerConnection } from '../../client/broker-connection.ts';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseServiceName } from '../../core/ids.ts';
import type { CommandMeta, Invocation } from '../command.ts';
import type { Machine } from '../machine.ts';
import { isTerminal } from '../output.ts';

export const meta: CommandMeta = {
  name: 'read',
  group: 'credentials',
  summary: 'show a credential of the vault on the terminal',
  arguments: [{ name: 'SERVICE', summary: 'its name', completes: 'service' }],
  options: [{ flags: '--unsafe-stdout', summary: 'write the value to standard output whatever it is' }],
  examples: [
    { line: 'agentkeys read openai', does: 'shows the value, byte for byte, on a terminal only' },
    { line: 'agentkeys read openai --unsafe-stdout | sha256sum', does: 'hands the value to another program' },
  ],
  notes: ['every read is written into the audit log before the first byte leaves the daemon'],
  exits: ['unreachable', 'refused', 'configuration'],
};

export async function run({ arguments: [name = ''], machine, options, voice }: Invocation): Promise<number> {
  const service = parseServiceName(name);
  const isShown = isTerminal(1);
  if (!options.unsafeStdout && !isShown) throw new AgentKeysError('OUTPUT_REFUSED');
  await machine.withBroker({ mayStart: true }, (broker) => readThrough(broker, machine, service));
  // The prompt begins its own line; a file or a pipe gets the value's bytes and no other.
  if (isShown) voice.say('');
  return exitCodes.ok.code;
}

async function readThrough(broker: BrokerConnection, machine: Machine, service: string): Promise<void> {
  const { id, descriptors } = await broker.request('read', { service });
  const [pipe] = descriptors;
  if (pipe === undefined) throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'the daemon sent no pipe' });
  const exitCode = await machine.runStep({ name: 'native-drain', pipe });
  if (exitCode !== 0) throw new AgentKeysError('OUTPUT_INCOMPLETE');
  // Only the broker knows whether the end of file was the value's end.
  await broker.proceed(id, 'read-finish', {});
}
