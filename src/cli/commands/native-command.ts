/** `native-command`: the default command of a profile, for the native client, which runs it. */
import { AgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseProfileName } from '../../core/ids.ts';
import { createMissingError } from '../../profile/missing.ts';
import type { Profile } from '../../profile/profile.ts';
import type { ProfileStore } from '../../profile/store.ts';
import type { CommandMeta, Invocation } from '../command.ts';
import { writeOut } from '../output.ts';

/** Where the client puts a profile that was given as a path. */
const profileDescriptor = 3;

export const meta: CommandMeta = {
  name: 'native-command',
  summary: 'print the command of a profile, each argument with a NUL after it',
  arguments: [{ name: 'PROFILE', summary: 'a name, or the path of descriptor 3' }],
  options: [],
  examples: [],
};

/** Errors: `PROFILE_*`, `NAME_INVALID`, `USAGE`. */
export async function run({ arguments: [word = ''], machine }: Invocation): Promise<number> {
  const { command } = readProfile(await machine.profiles(), word);
  if (command === undefined)
    throw new AgentKeysError('USAGE', {
      verb: 'run',
      rule: `no command to run: the profile ${word} has no default; give one after --`,
    });
  writeOut(1, command.map((argument) => `${argument}\0`).join(''));
  return exitCodes.ok.code;
}

function readProfile(profiles: ProfileStore, word: string): Profile {
  if (word.includes('/')) return profiles.parseDescriptor(profileDescriptor, word);
  const name = parseProfileName(word);
  const found = profiles.find(name);
  if (found === undefined) throw createMissingError(profiles, name);
  return found;
}
