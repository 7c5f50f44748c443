/** `profile show`: a profile's text, or what it comes to once its bases are merged in. */
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'profile show',
  summary: 'show the text of a profile, or its keys after extends',
  arguments: [{ name: 'PROFILE', summary: 'a name, or a path with a slash', completes: 'profile' }],
  options: [
    { flags: '--resolved', summary: 'the keys that are set after extends, as a profile without bases' },
    { flags: '--origin', summary: 'as --resolved, with the file and line of each key' },
    jsonOption,
  ],
  examples: [
    { line: 'agentkeys profile show demo', does: 'the file as it stands' },
    { line: 'agentkeys profile show demo --origin', does: 'every key that is set, and where' },
    { line: 'agentkeys profile show demo --json', does: 'every key, those with defaults too' },
  ],
  notes: ['a profile holds references, never values; asks no daemon'],
  exits: ['configuration'],
};

export async function run(invocation: Invocation): Promise<number> {
  // Help loads this file for its words alone.
  const { run: work } = await import('../profiles/show.ts');
  return await work(invocation);
}
