/** `profile explain`: what an agent gets under a profile, how exposed it is, and where each rule stands. */
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'profile explain',
  summary: 'show what an agent gets under a profile, and who could read it',
  arguments: [{ name: 'PROFILE', summary: 'a name, or a path with a slash', completes: 'profile' }],
  options: [jsonOption],
  examples: [
    {
      line: 'agentkeys profile explain demo',
      does: 'credentials, environment, rules, and where each is set',
    },
  ],
  notes: ['starts no daemon; one that runs is asked whether the credentials are stored'],
  exits: ['configuration'],
};

export async function run(invocation: Invocation): Promise<number> {
  // Help loads this file for its words alone.
  const { run: work } = await import('../profiles/explain.ts');
  return await work(invocation);
}
