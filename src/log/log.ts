/** The operator's log: JSON lines with a stable `event`; may be lost, never carries a value or a stranger's message. */
import { pino } from 'pino';
import type { AgentKeysError } from '../core/errors.ts';
import { describeThrown } from './describe-thrown.ts';

/** Short words of ours and numbers. */
export type LogFacts = Readonly<Record<string, string | number | boolean>>;

export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  /** A failure that was answered to somebody: `INTERNAL` as error with where it was thrown, everything else as information. */
  failure(event: string, error: AgentKeysError, facts?: LogFacts): void;
  /** Resolves when what was logged so far is written, or lost. */
  flush(): Promise<void>;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** A reader that stops reading costs at most this much memory; later lines are dropped. */
const maxWaitingBytes = 1_048_576;

/** `descriptor` stays the caller's; nothing is ever waited for. */
export function createLog({
  descriptor,
  level,
}: {
  readonly descriptor: number;
  readonly level: LogLevel;
}): Log {
  const destination = pino.destination({
    fd: descriptor,
    sync: false,
    // With no least length a flush would wait for nothing.
    minLength: 1,
    maxLength: maxWaitingBytes,
  });
  // The log may be lost; a closed or full destination must not end the daemon.
  destination.on('error', () => {});
  const logger = pino(
    { level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  return {
    debug: (event, facts) => logger.debug({ event, ...facts }),
    info: (event, facts) => logger.info({ event, ...facts }),
    warn: (event, facts) => logger.warn({ event, ...facts }),
    // A destination that has failed has nothing to wait for.
    flush: () => new Promise((resolve) => destination.flush(() => resolve())),
    failure(event, error, facts) {
      const told = { event, code: error.code, ...facts };
      if (error.code === 'INTERNAL')
        logger.error({ ...told, ...error.context, ...describeThrown(error.cause ?? error) });
      else logger.info(told);
    },
  };
}

/** For programs and tests that have no operator. */
export function createSilentLog(): Log {
  return { debug: () => {}, info: () => {}, warn: () => {}, failure: () => {}, flush: async () => {} };
}
