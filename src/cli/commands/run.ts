/** `run` is done by the native client; its words stand here for help, completion and docs. */
import { AgentKeysError } from '../../core/errors.ts';
import type { CommandMeta } from '../command.ts';

export const meta: CommandMeta = {
  name: 'run',
  group: 'launch',
  summary: 'launch a command with the credentials of its profile',
  arguments: [
    {
      name: 'COMMAND',
      summary: "the agent; absent: the profile's own command",
      isOptional: true,
      completes: 'command',
    },
    { name: 'ARGUMENT', summary: 'reaches it byte for byte', isOptional: true, isRepeatable: true },
  ],
  options: [
    {
      flags: '-p, --profile <profile>',
      summary: 'a name, or a path of a profile; absent: the profile that matches the command',
      completes: 'profile',
    },
    {
      flags: '--agent-id <id>',
      summary: 'the name under which this run is known; absent: that of the profile',
    },
    {
      flags: '--with <service>',
      summary: 'also SERVICE, as SERVICE_API_KEY; SERVICE=NAME names the variable',
      isRepeatable: true,
      completes: 'service',
    },
    {
      flags: '--env <name=reference>',
      summary: 'also NAME from a reference such as vault:openai',
      isRepeatable: true,
    },
  ],
  examples: [
    {
      line: 'agentkeys run -p claude',
      does: 'the command that the profile claude names, with what it grants',
    },
    {
      line: 'agentkeys run --profile claude -- claude',
      does: 'what the profile claude grants, for as long as claude runs',
    },
    {
      line: 'agentkeys run --with openai -- python agent.py',
      does: 'OPENAI_API_KEY from vault:openai, beside what the profile of the command grants',
    },
  ],
  notes: [
    "with --profile and no command it runs the profile's `command`; a command that is given replaces all of it",
    'ends as the agent ended: with its exit code, or by its signal',
  ],
  exits: ['launchFailed', 'notExecutable', 'notFound'],
};

/** Reached only when somebody starts the Node program by hand. Errors: `USAGE`. */
export async function run(): Promise<number> {
  throw new AgentKeysError('USAGE', { rule: 'run is done by the native client: start bin/agentkeys' });
}
