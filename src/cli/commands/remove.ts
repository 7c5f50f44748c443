/** `remove`: credentials out of the vault, for good. */
import type { BrokerConnection } from '../../client/broker-connection.ts';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseServiceName } from '../../core/ids.ts';
import type { CommandMeta, Invocation } from '../command.ts';
import { findStored } from '../look-up.ts';

export const meta: CommandMeta = {
  name: 'remove',
  summary: 'remove credentials from the vault',
  arguments: [{ name: 'SERVICE', summary: 'its name', isRepeatable: true, completes: 'service' }],
  options: [{ flags: '--yes', summary: 'do not ask' }],
  examples: [
    { line: 'agentkeys remove openai', does: 'asks, and removes it' },
    { line: 'agentkeys remove openai github-token --yes', does: 'removes both without a question' },
  ],
  notes: [
    'nothing is removed unless all of them are stored; a damaged one can be removed',
    'agents that hold a value keep it; withdraw the key where it was issued',
  ],
  exits: ['configuration'],
};

export async function run({ arguments: names, machine, options, voice }: Invocation): Promise<number> {
  const services = [...new Set(names.map(parseServiceName))];
  await machine.withBroker({ mayStart: true }, (broker) => requireStored(broker, services));
  const isWanted = options.yes === true || (await machine.confirm(`remove ${services.join(', ')}?`));
  if (isWanted === undefined)
    throw new AgentKeysError('USAGE', { rule: 'remove asks at a terminal, and here is none: give --yes' });
  if (!isWanted) {
    voice.note('nothing was removed');
    return exitCodes.general.code;
  }
  await machine.withBroker({ mayStart: true }, async (broker) => {
    for (const service of services) {
      await broker.request('remove', { service });
      voice.say(`removed ${service}`);
    }
  });
  return exitCodes.ok.code;
}

async function requireStored(broker: BrokerConnection, services: readonly string[]): Promise<void> {
  const stored = await findStored(broker, services);
  const missing = services.find((service) => !stored.includes(service));
  if (missing !== undefined) throw new AgentKeysError('CREDENTIAL_MISSING', { service: missing });
}
