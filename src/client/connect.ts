/** Connects to the broker, starts one if it may, and makes sure that it is ours before a byte is sent. */
import { constants } from 'node:os';
import type { Clock } from '../core/clock.ts';
import { AgentKeysError } from '../core/errors.ts';
import type { Addon } from '../native/addon.ts';
import { isNativeError } from '../native/native-error.ts';
import { connectTo } from '../native/sockets.ts';
import { BrokerConnection } from './broker-connection.ts';
import { FrameChannel } from './frame-channel.ts';

/** A broker that has not greeted by then is stopped or stuck: it greets before it does anything else. */
const greetingDeadlineMs = 10_000;

export interface ConnectOptions {
  readonly addon: Addon;
  readonly clock: Clock;
  readonly socketPath: string;
  /** The caller's own. A server of this uid or of root is believed, nobody else. */
  readonly ownUid: number;
  /** Of this program, for the hello. */
  readonly version: string;
  /** Makes sure that a daemon listens, then one more try is made. Absent: a missing daemon stays missing. */
  readonly start?: () => Promise<void>;
}

/**
 * The caller closes the connection. Errors: `DAEMON_UNREACHABLE`, `DAEMON_SILENT`, `STATE_UNSAFE` (a stranger listens), `PROTOCOL_INVALID` (another
 * version), and what `start` throws.
 */
export async function connectBroker(options: ConnectOptions): Promise<BrokerConnection> {
  const { addon, clock, version, socketPath } = options;
  const channel = new FrameChannel(addon, await openSocket(options));
  const silence = Promise.withResolvers<never>();
  const cancel = clock.after(greetingDeadlineMs, () =>
    silence.reject(new AgentKeysError('DAEMON_SILENT', { socket: socketPath })),
  );
  try {
    return await Promise.race([BrokerConnection.greet(channel, { addon, version }), silence.promise]);
  } catch (error) {
    channel.close();
    throw error;
  } finally {
    cancel();
  }
}

async function openSocket({ addon, socketPath, ownUid, start }: ConnectOptions): Promise<number> {
  const { fd, uid } = tryConnect(addon, socketPath) ?? (await startAndConnect(addon, socketPath, start));
  if (uid === ownUid || uid === 0) return fd;
  addon.close(fd);
  throw new AgentKeysError('STATE_UNSAFE', { file: socketPath, rule: `uid ${uid} listens there` });
}

async function startAndConnect(
  addon: Addon,
  socketPath: string,
  start: ConnectOptions['start'],
): Promise<ReturnType<typeof connectTo>> {
  await start?.();
  const connection = start === undefined ? undefined : tryConnect(addon, socketPath);
  if (connection === undefined) throw new AgentKeysError('DAEMON_UNREACHABLE', { socket: socketPath });
  return connection;
}

/** undefined: nobody listens. */
function tryConnect(addon: Addon, socketPath: string): ReturnType<typeof connectTo> | undefined {
  try {
    return connectTo(addon, socketPath);
  } catch (cause) {
    const { ENOENT, ENOTDIR, ECONNREFUSED } = constants.errno;
    // Of a path through a file the starter says what is wrong with it.
    if (isNativeError(cause) && [ENOENT, ENOTDIR, ECONNREFUSED].includes(cause.errno)) return undefined;
    throw new AgentKeysError('DAEMON_UNREACHABLE', { socket: socketPath }, cause);
  }
}
