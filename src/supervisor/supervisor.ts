/** The driver: hears the spawner, keeps the table of sessions true, starts launches. */
import type { AuditLog } from '../audit/event.ts';
import type { Clock } from '../core/clock.ts';
import { AgentKeysError } from '../core/errors.ts';
import { parseAgentId, parseProfileName } from '../core/ids.ts';
import { encodeOrder, type SpawnerMessage } from '../native/launch-plan.ts';
import type { Regions } from '../native/regions.ts';
import type { SpawnerLink } from '../native/spawner-link.ts';
import type { ReleaseDecision } from '../policy/decide.ts';
import type { WantedGrant } from './grants.ts';
import { type LaunchOrder, launch } from './launch.ts';
import { parseSessionLabel } from './session-label.ts';
import { createSessionTable, type SessionEntry, type SessionLabel } from './session-table.ts';

export interface SupervisorParts {
  readonly clock: Clock;
  readonly regions: Regions;
  readonly audit: Pick<AuditLog, 'append' | 'note'>;
  /** Makes the link; the supervisor is its only listener. */
  readonly connect: (listeners: { onMessage(message: SpawnerMessage): void; onEnd(): void }) => SpawnerLink;
  /** The spawner is gone or asks the broker to end. */
  readonly onEnd: (cause: EndCause) => void;
}

/** `asked`: after `stop`; `signal`: somebody ended the spawner; `lost`: it is gone without a word. */
export type EndCause = 'asked' | 'signal' | 'lost';

export interface Supervisor {
  launch(
    order: Omit<LaunchOrder, 'label'> & {
      readonly label: Omit<LaunchOrder['label'], 'startedMs' | 'credentials'>;
    },
    decide: (grant: WantedGrant) => ReleaseDecision,
  ): Promise<void>;
  /** Resolves when the sessions that outlived an earlier broker are in the table. */
  readonly ready: Promise<void>;
  sessions(): readonly SessionEntry[];
  /** Asks the spawner to end; `onEnd` follows. */
  stop(): void;
  close(): void;
}

export function createSupervisor(parts: SupervisorParts): Supervisor {
  const sessions = createSessionTable();
  const ready = Promise.withResolvers<void>();
  let isStopAsked = false;
  const link = parts.connect({ onMessage: hear, onEnd: lose });
  // Sessions that outlived an earlier broker are told before anything else.
  link.send(encodeOrder('ready'));

  function hear(message: SpawnerMessage): void {
    if (message.kind === 'stopping') parts.onEnd(isStopAsked ? 'asked' : 'signal');
    if (message.kind === 'ready') ready.resolve();
    if (message.kind === 'session') adopt(message);
    if (message.kind === 'session' || !('session' in message)) return;
    const entry = sessions.find(message.session);
    if (entry === undefined) return;
    entry.listener?.(message);
    if (message.kind === 'exited') end(entry, message.status);
    if (message.kind === 'gone') leave(entry);
  }

  function adopt(message: Extract<SpawnerMessage, { kind: 'session' }>): void {
    const entry = sessions.adopt(message.session, parseSessionLabel(message.label) ?? createUnknownLabel());
    entry.pid = message.pid;
    entry.monitorPid = message.monitorPid;
    entry.state = message.hasEnded ? 'ended' : 'running';
    entry.hasExited = message.hasEnded;
    entry.launched.resolve();
  }

  /** A monitor that was killed takes the status with it; that the session is over is written down all the same. */
  function leave(entry: SessionEntry): void {
    sessions.remove(entry.id);
    if (!entry.hasExited) entry.launched.promise.then(() => recordExit(entry, 'unknown'));
  }

  function end(entry: SessionEntry, status: number): void {
    entry.hasExited = true;
    entry.launched.promise.then(() => {
      entry.state = 'ended';
      recordExit(entry, formatStatus(status));
    });
  }

  function recordExit(entry: SessionEntry, code: string): void {
    const { agentId, profile } = entry.label;
    const { id: session, pid } = entry;
    parts.audit.note({ event: 'exit', agent_id: agentId, session, profile, pid, code }).catch(() => {});
  }

  function lose(): void {
    for (const entry of sessions.all()) entry.listener?.({ kind: 'lost' });
    parts.onEnd('lost');
  }

  return {
    async launch(order, decide) {
      const credentials = order.grants.map(({ variable, service, mode }) => ({
        name: variable,
        service,
        delivery: mode.name,
        grade: mode.grade,
      }));
      const label = { ...order.label, startedMs: parts.clock.nowMs(), credentials };
      if (order.grants.length > 64)
        throw new AgentKeysError('LAUNCH_ENVIRONMENT', { rule: 'one launch has at most 64 credentials' });
      await launch(
        { link, regions: parts.regions, audit: parts.audit, sessions, decide },
        { ...order, label },
      );
    },
    ready: ready.promise,
    sessions: () => sessions.all(),
    stop() {
      isStopAsked = true;
      link.send(encodeOrder('stop'));
    },
    close: () => link.close(),
  };
}

/** Of a session that an earlier version started: it goes on, and nothing is known of what it was given. */
function createUnknownLabel(): SessionLabel {
  return {
    agentId: parseAgentId('unknown'),
    profile: parseProfileName('unknown'),
    startedMs: 0,
    credentials: [],
  };
}

/** A wait(2) status as people write it: `exit 37`, `signal 15`. */
function formatStatus(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit ${(status >> 8) & 0xff}` : `signal ${signal}`;
}
