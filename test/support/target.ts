/** A real daemon that a test attacks: what it held before, and whether it is unharmed afterwards. Needs root, to look into it. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { loadAddon } from '../../src/native/addon.ts';
import { RawClient } from './broker-box.ts';
import { createCanary, encodings } from './canary.ts';
import { createHome, type Ended, type Home, type HomeOptions } from './daemon.ts';
import { secretDescriptors, secretMappings } from './process-facts.ts';
import { childrenOf, processEnd } from './processes.ts';

export const hello = { hello: { protocol: 1, client: 'hostile/1' } };

/** Questions after which whatever was closed before them has been seen: each costs the broker a turn of its loop. */
const settlingQuestions = 64;

export interface Target {
  readonly home: Home;
  /** Stored under `demo`. */
  readonly canary: string;
  readonly spawner: number;
  readonly broker: number;
  /** A client that has said nothing yet. */
  connect(): RawClient;
  /** A client that has said hello and heard the answer. */
  greet(): Promise<RawClient>;
  /** Everything that was sent before by anybody has been dealt with; what spawner and broker hold then, with one client connected. */
  settle(): Promise<readonly Held[]>;
  /** The same processes serve, hold what they held before, give the credential to whom it is due, and show it nowhere. */
  requireUnharmed(note?: string): Promise<void>;
}

export interface TargetOptions extends HomeOptions {
  readonly daemonArgs?: readonly string[];
  /** Before anything is started. */
  readonly prepare?: (home: Home) => void;
}

export async function openTarget(t: ExecutionContext, options: TargetOptions = {}): Promise<Target> {
  const home = createHome(t, options);
  options.prepare?.(home);
  await home.daemon(options.daemonArgs);
  const canary = createCanary();
  await home.store('demo', canary);
  const { spawner, broker } = await daemonPids(home);
  const addon = loadAddon();
  const connect = (): RawClient => {
    const client = new RawClient(addon, addon.connect(join(home.directory, 'run/agentkeys.sock')).fd);
    t.teardown(() => client.close());
    return client;
  };
  const greet = async (): Promise<RawClient> => {
    const client = connect();
    await client.say(hello);
    await client.hear();
    return client;
  };
  const settle = async (): Promise<readonly Held[]> => {
    for (const { pid } of childrenOf(spawner)) if (pid !== broker) await processEnd(pid);
    const client = await greet();
    for (let id = 1; id <= settlingQuestions; id++) {
      await client.say({ id, verb: 'status', body: {} });
      await client.hear();
    }
    const now = [held(spawner, home.directory), held(broker, home.directory)];
    client.close();
    return now;
  };
  const before = await settle();
  return {
    ...{ home, canary, spawner, broker, connect, greet, settle },
    async requireUnharmed(note = '') {
      t.deepEqual(await settle(), before, note);
      t.deepEqual(await daemonPids(home), { spawner, broker }, note);
      await requireServing(t, home, canary, note);
    },
  };
}

/** Whatever happened before: this daemon, or the next one, gives the stored value, its record verifies, and shows no value. */
export async function requireServing(
  t: ExecutionContext,
  home: Home,
  canary: string,
  note = '',
): Promise<void> {
  const ran = await home.run(['run', '--with', 'demo', '--', 'printenv', 'DEMO_API_KEY']);
  t.is(ran.stdout.toString(), `${canary}\n`, `${note} ${ran.stderr}`);
  const verified = await home.run(['audit', 'verify']);
  t.is(verified.code, 0, `${note} ${verified.stderr}`);
  t.deepEqual(findInFiles(home.directory, canary), [], note);
}

/** A refusal has one line that says what is wrong, a hint, and nothing of the value or of our own insides. */
export function requireRefusal(t: ExecutionContext, ended: Ended, words: RegExp, canary?: string): void {
  t.not(ended.code, 0, ended.stderr);
  t.is(ended.signal, null);
  t.regex(ended.stderr, words);
  t.regex(ended.stderr, /agentkeys: hint: ./);
  t.notRegex(ended.stderr, /something went wrong inside|node:|\bat \S+ \(|undefined/);
  if (canary !== undefined) t.false(ended.stderr.includes(canary) || ended.stdout.includes(canary));
}

export async function daemonPids(home: Home): Promise<{ spawner: number; broker: number }> {
  const status = JSON.parse((await home.run(['status', '--json'])).stdout.toString());
  return { spawner: status.spawner.pid, broker: status.broker.pid };
}

/** What a process holds on to, but for files below the state directory: a head is written whenever the log has grown. */
export interface Held {
  readonly descriptors: number;
  readonly regions: number;
}

/** The log, the operational log, and two for what is being written right now. */
const maxStateFiles = 4;

function held(pid: number, directory: string): Held {
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => findTarget(`/proc/${pid}/fd/${fd}`));
  const isState = (target: string | undefined) => target?.startsWith(join(directory, 'state/')) ?? true;
  const stateFiles = targets.filter((target) => target?.startsWith(join(directory, 'state/')));
  if (stateFiles.length > maxStateFiles) throw new Error(`open: ${stateFiles.join(' ')}`);
  return {
    descriptors: targets.filter((target) => !isState(target)).length,
    regions: secretMappings(pid).length + secretDescriptors(pid).length,
  };
}

/** undefined: closed since the directory was listed. */
function findTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Regular files below `directory` that contain the value in any form in which bytes travel. */
export function findInFiles(directory: string, value: string): string[] {
  const forms = encodings(value);
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(directory, name);
    if (name.startsWith('package') || !statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
    const bytes = readFileSync(path);
    return forms.some((form) => bytes.includes(form));
  });
}
