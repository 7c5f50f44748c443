/** `version`: of this program and of its Node. */
import { exitCodes } from '../../core/exit-codes.ts';
import { type CommandMeta, type Invocation, jsonOption } from '../command.ts';

export const meta: CommandMeta = {
  name: 'version',
  group: 'program',
  summary: 'show the version',
  arguments: [],
  options: [jsonOption],
  examples: [{ line: 'agentkeys version', does: 'needs no daemon' }],
};

export async function run({ machine, options, voice }: Invocation): Promise<number> {
  const { version } = machine;
  if (options.json) voice.sayJson({ version, node: process.versions.node });
  else voice.say(`agentkeys ${version}`);
  return exitCodes.ok.code;
}
