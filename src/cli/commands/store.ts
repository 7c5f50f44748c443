/** `store`: a value from descriptor 0 into the vault, without passing through this process. */
import type { BrokerConnection } from '../../client/broker-connection.ts';
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseServiceName } from '../../core/ids.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import type { Machine } from '../machine.ts';

export const meta: CommandMeta = {
  name: 'store',
  summary: 'store a credential in the vault',
  arguments: [{ name: 'SERVICE', summary: 'its name, such as openai' }],
  options: [
    { flags: '--stdin', summary: 'read the value from standard input, to its end' },
    { flags: '--replace', summary: 'store a new version over an existing one' },
    jsonOption,
  ],
  examples: [
    { line: 'agentkeys store openai --stdin < key.txt', does: 'stores what the file holds, byte for byte' },
    { line: 'pass show ai/openai | agentkeys store openai --stdin --replace', does: 'stores a new version' },
  ],
  notes: [
    '1 to 65535 bytes; a newline at the end is part of the value',
    'a value is never taken from the command line',
  ],
};

/** Exit codes of `agentkeys native-pour` beside 0. */
const pourFailures: Readonly<Record<number, string>> = {
  3: 'it is longer than 65535 bytes',
  4: 'it is empty',
  5: 'standard input cannot be read',
};

export async function run({ arguments: [name = ''], machine, options, voice }: Invocation): Promise<number> {
  const service = parseServiceName(name);
  if (!options.stdin)
    throw new AgentKeysError('USAGE', { rule: 'store reads the value from standard input: give --stdin' });
  const request = { service, replace: options.replace === true };
  const version = await machine.withBroker({ mayStart: true }, (broker) =>
    storeThrough(broker, machine, request),
  );
  if (options.json) voice.sayJson({ service, version });
  else voice.say(`stored ${service}, version ${version}`);
  return exitCodes.ok.code;
}

/** The end of the connection without a commit makes the broker forget what came. */
async function storeThrough(
  broker: BrokerConnection,
  machine: Machine,
  request: { readonly service: string; readonly replace: boolean },
): Promise<number> {
  const { id, descriptors } = await broker.request('store', request);
  const [pipe] = descriptors;
  if (pipe === undefined) throw new AgentKeysError('PROTOCOL_INVALID', { rule: 'the daemon sent no pipe' });
  const exitCode = await machine.runStep({ name: 'native-pour', pipe });
  if (exitCode === 0) return (await broker.proceed(id, 'store-commit', {})).ok.version;
  const rule = pourFailures[exitCode];
  if (rule === undefined)
    throw new AgentKeysError('INTERNAL', { where: `native-pour ended with ${exitCode}` });
  throw new AgentKeysError('CREDENTIAL_INVALID', { service: request.service, rule });
}
