/** What the launch path waits for: the spawner's words about one session, each at most once, and every way that they may not come. */
import { AgentKeysError } from '../core/errors.ts';
import type { PreparedFacts } from '../native/launch-plan.ts';
import { launchFailure } from './failure.ts';
import type { SessionEntry } from './session-table.ts';

export interface SpawnerWords {
  prepared(): Promise<PreparedFacts>;
  mapped(): Promise<void>;
  execed(): Promise<void>;
  /** Throws what ended the launch, if anything has. */
  requireAlive(): void;
  /** Nothing comes of the launch: every wait ends with this. */
  fail(error: AgentKeysError): void;
  /** The client is gone: every wait ends with `LAUNCH_ABORTED`. */
  giveUp(): void;
}

/** Listens on the session from now on. Errors of every wait: `LAUNCH_*`. */
export function createSpawnerWords(session: SessionEntry): SpawnerWords {
  const prepared = Promise.withResolvers<PreparedFacts>();
  const mapped = Promise.withResolvers<void>();
  const execed = Promise.withResolvers<void>();
  let failure: AgentKeysError | undefined;
  // A wait that nobody has begun yet must not count as unhandled.
  for (const { promise } of [prepared, mapped, execed]) promise.catch(() => {});

  const fail = (error: AgentKeysError): void => {
    failure ??= error;
    for (const { reject } of [prepared, mapped, execed]) reject(failure);
  };
  session.listener = (message) => {
    if (message.kind === 'prepared') prepared.resolve(message.facts);
    else if (message.kind === 'mapped') mapped.resolve();
    else if (message.kind === 'execed') execed.resolve();
    else if (message.kind === 'failed') fail(launchFailure(message.stage, message.errno));
    else if (message.kind === 'gone') fail(aborted('the monitor is gone'));
    else if (message.kind === 'lost') fail(aborted('the spawner is gone'));
  };
  return {
    prepared: () => prepared.promise,
    mapped: () => mapped.promise,
    execed: () => execed.promise,
    requireAlive() {
      if (failure !== undefined) throw failure;
    },
    fail,
    giveUp: () => fail(aborted('the client went away')),
  };
}

function aborted(rule: string): AgentKeysError {
  return new AgentKeysError('LAUNCH_ABORTED', { rule });
}
