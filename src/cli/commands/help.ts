/** `help`: all verbs, the parts of one, or one. */
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import type { CommandMeta, Invocation } from '../command.ts';

export const meta: CommandMeta = {
  name: 'help',
  group: 'program',
  summary: 'show the verbs, or the examples and options of one',
  arguments: [
    { name: 'VERB', summary: 'such as store', isOptional: true, completes: 'verb' },
    { name: 'PART', summary: 'of a verb with two words, such as tail', isOptional: true },
  ],
  options: [],
  examples: [
    { line: 'agentkeys help store', does: 'the same as agentkeys store --help' },
    { line: 'agentkeys help audit', does: 'all parts of a verb with two words' },
    { line: 'agentkeys help audit tail', does: 'one of them' },
  ],
};

export async function run({ arguments: words, commands, voice }: Invocation): Promise<number> {
  const name = words.join(' ');
  const wanted = commands.filter(
    (entry) => name === '' || entry.name === name || entry.name.startsWith(`${name} `),
  );
  const metas = await Promise.all(wanted.map(async (entry) => (await entry.load()).meta));
  const [first] = metas;
  if (first === undefined) {
    const { describeUnknownVerb } = await import('../near-verb.ts');
    const names = commands.map((entry) => entry.name);
    throw new AgentKeysError('USAGE', { rule: describeUnknownVerb(words, names) });
  }
  // Completion loads this file for its words alone.
  const { formatCommandHelp, formatOverview, formatPartsHelp } = await import('../help-text.ts');
  if (name === '') voice.say(formatOverview(metas, voice));
  else voice.say(first.name === name ? formatCommandHelp(first, voice) : formatPartsHelp(name, metas, voice));
  return exitCodes.ok.code;
}
