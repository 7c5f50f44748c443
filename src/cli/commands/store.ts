/** `store`: a value from a terminal, a file or descriptor 0 into the vault, without passing through this process. */
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseServiceName } from '../../core/ids.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';
import type { Machine } from '../machine.ts';
import { type StoreOrder, storeValue } from '../store-value.ts';

export const meta: CommandMeta = {
  name: 'store',
  group: 'credentials',
  summary: 'store a credential in the vault',
  arguments: [{ name: 'SERVICE', summary: 'its name, such as openai', completes: 'service' }],
  options: [
    { flags: '--stdin', summary: 'read the value from standard input, to its end' },
    { flags: '--file <file>', summary: 'read the value from a file, to its end', completes: 'file' },
    { flags: '--replace', summary: 'store a new version over an existing one' },
    jsonOption,
  ],
  examples: [
    { line: 'agentkeys store openai', does: 'asks for the value at the terminal; nothing of it is shown' },
    {
      line: 'agentkeys store openai --file key.txt',
      does: 'stores what the file holds, byte for byte, a newline at its end too',
    },
    {
      line: "pass show ai/openai | head -n 1 | tr -d '\\n' | agentkeys store openai --stdin --replace",
      does: 'stores a new version: the first line, without its newline',
    },
  ],
  notes: [
    '1 to 65535 bytes; a newline at the end of a file or of standard input is part of the value',
    'a value is never taken from the command line',
  ],
  onExcess: 'a value never goes on the command line, where ps and the history of the shell show it',
  exits: ['unreachable', 'refused', 'configuration'],
};

export async function run({ arguments: [name = ''], machine, options, voice }: Invocation): Promise<number> {
  const service = parseServiceName(name);
  const step = await findSource(machine, service, options);
  const order = { service, replace: options.replace === true, step };
  let outcome = await storeOnce(machine, order);
  if (outcome === 'exists') {
    // Before the value is asked for, so that nobody types it in vain.
    const isWanted = await machine.confirm(`${service} is stored already; replace it?`);
    if (isWanted === undefined) throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
    if (!isWanted) {
      voice.note('nothing was stored');
      return exitCodes.general.code;
    }
    outcome = await storeOnce(machine, { ...order, replace: true });
  }
  if (options.json) voice.sayJson({ service, version: outcome });
  else voice.say(`stored ${service}, version ${outcome}`);
  return exitCodes.ok.code;
}

/** A connection of its own for each try: the broker closes one that says nothing while a person thinks. */
function storeOnce(machine: Machine, order: StoreOrder): Promise<number | 'exists'> {
  return machine.withBroker({ mayStart: true }, (broker) => storeValue(broker, machine, order));
}

async function findSource(
  machine: Machine,
  service: string,
  options: Invocation['options'],
): Promise<StoreOrder['step']> {
  const args = options.json ? ['--quiet'] : [];
  if (options.stdin && typeof options.file === 'string')
    throw new AgentKeysError('USAGE', { rule: '--stdin and --file exclude each other' });
  if (options.stdin) return { name: 'native-pour', args };
  if (typeof options.file === 'string')
    return { name: 'native-pour', args, input: await machine.openInput(options.file, 'stream') };
  if (await machine.hasTerminal()) return { name: 'native-prompt', args: [service] };
  throw new AgentKeysError('USAGE', {
    rule: 'store asks for the value at a terminal, and here is none: give --stdin or --file',
  });
}
