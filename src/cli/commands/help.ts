/** `help`: all verbs, or one. */
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import type { CommandMeta, Invocation } from '../command.ts';
import { formatCommandHelp, formatOverview } from '../help-text.ts';

export const meta: CommandMeta = {
  name: 'help',
  summary: 'show the verbs, or the options and examples of one',
  arguments: [
    { name: 'VERB', summary: 'such as store', isOptional: true },
    { name: 'PART', summary: 'of a verb with two words, such as tail', isOptional: true },
  ],
  options: [],
  examples: [{ line: 'agentkeys help audit tail', does: 'the help of a verb with two words' }],
};

export async function run({ arguments: words, commands, voice }: Invocation): Promise<number> {
  const name = words.join(' ');
  const wanted = commands.filter(
    (entry) => name === '' || entry.name === name || entry.name.startsWith(`${name} `),
  );
  if (wanted.length === 0) throw new AgentKeysError('USAGE', { rule: 'there is no such verb' });
  const metas = await Promise.all(wanted.map(async (entry) => (await entry.load()).meta));
  const [only] = metas;
  voice.say(
    metas.length === 1 && only !== undefined ? formatCommandHelp(only, voice) : formatOverview(metas, voice),
  );
  return exitCodes.ok.code;
}
