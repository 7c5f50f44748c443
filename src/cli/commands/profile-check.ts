/** `profile check`: whether profiles are valid, and what a launch would still refuse. */
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'profile check',
  summary: 'check profiles, and say what a launch would refuse',
  arguments: [
    {
      name: 'PROFILE',
      summary: 'a name, or a path with a slash; all of your own if absent',
      isOptional: true,
      isRepeatable: true,
      completes: 'profile',
    },
  ],
  options: [jsonOption],
  examples: [
    { line: 'agentkeys profile check', does: 'all profiles of your own directory' },
    { line: 'agentkeys profile check ./my-agent.toml demo', does: 'a file and a name' },
  ],
  notes: ['starts no daemon; one that runs is asked whether the credentials are stored'],
  exits: ['configuration'],
};

export async function run(invocation: Invocation): Promise<number> {
  // Help loads this file for its words alone.
  const { run: work } = await import('../profiles/check.ts');
  return await work(invocation);
}
