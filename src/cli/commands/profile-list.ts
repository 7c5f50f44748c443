/** `profile list`: every profile that a name can find, and what it grants. */
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'profile list',
  summary: 'list the profiles and what each grants',
  arguments: [],
  options: [jsonOption],
  examples: [
    { line: 'agentkeys profile list', does: 'yours, those of the machine, those of the package' },
    { line: 'agentkeys profile list --json', does: 'the same as an array, with the errors of broken ones' },
  ],
  notes: ['ends with 1 if one of them is broken; asks no daemon'],
};

export async function run(invocation: Invocation): Promise<number> {
  // Help loads this file for its words alone.
  const { run: work } = await import('../profiles/list.ts');
  return await work(invocation);
}
