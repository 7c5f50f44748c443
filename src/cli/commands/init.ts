/** `init`: identity and vault. */
import { exitCodes } from '../../core/exit-codes.ts';
import { escapeText } from '../../core/printable.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'init',
  group: 'credentials',
  summary: 'make the identity and the vault; starts the daemon if it does not run',
  arguments: [],
  options: [jsonOption],
  examples: [{ line: 'agentkeys init', does: 'a second call changes nothing' }],
  exits: ['unreachable', 'configuration'],
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const { ok } = await machine.withBroker({ mayStart: true }, (broker) => broker.request('init', {}));
  if (options.json) voice.sayJson({ identity: ok.identity, created: ok.created });
  else voice.say(`${ok.created ? 'Initialized' : 'Already initialized'} as ${escapeText(ok.identity)}`);
  return exitCodes.ok.code;
}
