/** `native-command`: the default command of a profile, for the native client, which runs it. */
import { realpathSync } from 'node:fs';
import { AgentKeysError, isAgentKeysError } from '../../core/errors.ts';
import { exitCodes } from '../../core/exit-codes.ts';
import { parseProfileName } from '../../core/ids.ts';
import { createMissingError } from '../../profile/missing.ts';
import type { Profile } from '../../profile/profile.ts';
import type { ProfileStore } from '../../profile/store.ts';
import type { CommandMeta, Invocation } from '../command.ts';
import type { Machine } from '../machine.ts';
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

/** Errors: `PROFILE_*`, `NAME_INVALID`, `USAGE`, and those of a daemon that runs and does not answer. */
export async function run({ arguments: [word = ''], machine }: Invocation): Promise<number> {
  const { command } = readProfile(await machine.profiles(), word);
  if (command === undefined)
    throw new AgentKeysError('USAGE', {
      verb: 'run',
      rule: `no command to run: the profile ${word} has no default; give one after --`,
    });
  await requireSameProfiles(machine);
  writeOut(1, command.map((argument) => `${argument}\0`).join(''));
  return exitCodes.ok.code;
}

/** ATTACK: with a daemon that looks elsewhere, the command of one profile would get the credentials of another of its name. */
async function requireSameProfiles(machine: Machine): Promise<void> {
  const { config } = await machine.paths();
  const ofDaemon = await findDaemonConfig(machine);
  if (ofDaemon === undefined || findReal(ofDaemon) === findReal(config)) return;
  throw new AgentKeysError('USAGE', {
    verb: 'run',
    rule: `the daemon that runs has another configuration directory, ${ofDaemon}: give a command after --, or stop it`,
  });
}

/** undefined: none runs, and the one that is started will have ours. */
async function findDaemonConfig(machine: Machine): Promise<string | undefined> {
  try {
    return await machine.withBroker(
      { mayStart: false },
      async (broker) => (await broker.request('status', {})).ok.home.config,
    );
  } catch (error) {
    if (isAgentKeysError(error) && error.code === 'DAEMON_UNREACHABLE') return undefined;
    throw error;
  }
}

function findReal(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readProfile(profiles: ProfileStore, word: string): Profile {
  if (word.includes('/')) return profiles.parseDescriptor(profileDescriptor, word);
  const name = parseProfileName(word);
  const found = profiles.find(name);
  if (found === undefined) throw createMissingError(profiles, name);
  return found;
}
