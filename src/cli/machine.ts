/** What commands may do beyond words: speak to the broker, run the native steps, look at files. What a command does not use is not loaded. */
import type { BrokerConnection } from '../client/broker-connection.ts';
import type { LocalBroker } from '../client/local-broker.ts';
import { exitCodes } from '../core/exit-codes.ts';
import type { ProfileStore } from '../profile/store.ts';
import type { InputDemand } from './input-file.ts';
import { programPath, readVersion } from './package.ts';

/** A native program has said already what is wrong; only its exit code is left to pass on. */
export class ToldElsewhere extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('told by a native step');
    this.exitCode = exitCode;
  }
}

export interface NativeStep {
  readonly name: 'native-pour' | 'native-drain' | 'native-prompt' | 'native-env-value';
  readonly args?: readonly string[];
  /** Becomes descriptor 3 of the step, and is closed here afterwards. */
  readonly pipe: number;
  /** Becomes its descriptor 0, and stays open here; absent: what the step reads of the caller's. */
  readonly input?: number;
}

export interface Machine {
  readonly version: string;
  paths(): Promise<LocalBroker['paths']>;
  /** The profiles of this user, the machine and the package, read by this process. Errors: `HOME_INVALID`. */
  profiles(): Promise<ProfileStore>;
  /** Reads and checks config.toml as a daemon would at its start. Errors: `CONFIG_INVALID`, `CONFIG_UNSAFE`, `HOME_INVALID`. */
  checkConfig(): Promise<void>;
  /** Calls `onGone` when nobody reads descriptor 1 any more. What it resolves to ends the watch. */
  whenReaderGone(onGone: () => void): Promise<() => void>;
  /** What secret memory is made of here. Errors: as the kernel says. */
  probeSecretMemory(): Promise<'secretmem' | 'locked'>;
  /** Runs `use` on a connection that is closed afterwards. `mayStart`: a missing daemon is started. Errors: as `connectBroker`. */
  withBroker<T>(
    options: { readonly mayStart: boolean },
    use: (broker: BrokerConnection) => Promise<T>,
  ): Promise<T>;
  /** Moves a value between a pipe and a descriptor or the terminal; this process sees none of it. The exit code, -1 if killed. */
  runStep(step: NativeStep): Promise<number>;
  /** What `native-env-names` says of the file behind a descriptor: lines and names, no values. */
  readEnvNames(input: number): Promise<{ readonly exitCode: number; readonly text: string }>;
  /** A descriptor for reading; nothing is read here. Errors: `USAGE`, which does not repeat the path. */
  openInput(path: string, demand: InputDemand): Promise<number>;
  /** Whether a person can be asked: descriptor 0 is a terminal. */
  hasTerminal(): Promise<boolean>;
  /** Makes sure that a daemon listens. Throws `ToldElsewhere`. */
  startDaemon(): Promise<void>;
  /** Asks the person yes or no, on the terminal that descriptor 0 is. undefined: it is none, so nobody is asked. Only a clear yes is true. */
  confirm(question: string): Promise<boolean | undefined>;
  /** The same with answers of one letter; anything else is `n`. */
  choose(question: string, letters: readonly string[]): Promise<string | undefined>;
  /** The daemon in the foreground; its exit code. */
  runDaemon(): Promise<number>;
}

/** `isJson`: what native steps have to tell is JSON too. */
export function createMachine({ isJson }: { readonly isJson: boolean }): Machine {
  const version = readVersion();
  let loaded: LocalBroker | undefined;
  const loadLocal = async (): Promise<LocalBroker> => {
    const { createLocalBroker } = await import('../client/local-broker.ts');
    loaded ??= createLocalBroker({ version });
    return loaded;
  };
  const machine: Machine = {
    version,
    paths: async () => (await loadLocal()).paths,
    async profiles() {
      const { createLocalProfiles } = await import('./profiles/local.ts');
      return createLocalProfiles(await loadLocal());
    },
    async checkConfig() {
      const { paths, openFile } = await loadLocal();
      const { readConfig } = await import('../config/config.ts');
      readConfig({ directory: paths.config, openFile, ownUid: process.getuid?.() ?? -1 });
    },
    whenReaderGone: async (onGone) => (await loadLocal()).whenReaderGone(onGone),
    probeSecretMemory: async () => (await loadLocal()).probeSecretMemory(),
    async withBroker({ mayStart }, use) {
      const broker = await (await loadLocal()).connect(mayStart ? machine.startDaemon : undefined);
      try {
        return await use(broker);
      } finally {
        broker.close();
      }
    },
    async runStep({ name, args = [], pipe, input }) {
      const stdin = input ?? (name === 'native-pour' ? 'inherit' : 'ignore');
      const stdout = name === 'native-drain' ? 'inherit' : 'ignore';
      try {
        return (await runProgram('agentkeys', [name, ...args], [stdin, stdout, 'inherit', pipe])).exitCode;
      } finally {
        // The broker waits for the end of file, which comes when the last copy is closed.
        (await loadLocal()).closeDescriptor(pipe);
      }
    },
    readEnvNames: (input) => runProgram('agentkeys', ['native-env-names'], [input, 'pipe', 'inherit']),
    openInput: async (path, demand) => (await import('./input-file.ts')).openInput(path, demand),
    hasTerminal: async () => (await import('node:tty')).isatty(0),
    async startDaemon() {
      const words = ['native-start', ...(isJson ? ['--json'] : [])];
      const { exitCode } = await runProgram('agentkeys', words, ['ignore', 'ignore', 'inherit']);
      if (exitCode !== 0) throw new ToldElsewhere(exitCode < 0 ? exitCodes.general.code : exitCode);
    },
    confirm: async (question) => (await import('./confirm.ts')).confirm(question),
    choose: async (question, letters) => (await import('./confirm.ts')).choose(question, letters),
    runDaemon: async () =>
      (await runProgram('agentkeysd', ['--foreground'], ['inherit', 'inherit', 'inherit'])).exitCode,
  };
  return machine;
}

/** The exit code, -1 if it was killed or could not be started, and what a `pipe` for descriptor 1 took. Nothing else happens here until it ends. */
async function runProgram(
  name: 'agentkeys' | 'agentkeysd',
  args: readonly string[],
  stdio: readonly ('inherit' | 'ignore' | 'pipe' | number)[],
): Promise<{ readonly exitCode: number; readonly text: string }> {
  const { spawnSync } = await import('node:child_process');
  const { status, stdout } = spawnSync(programPath(name), args, { stdio: [...stdio], encoding: 'utf8' });
  return { exitCode: status ?? -1, text: stdout ?? '' };
}
