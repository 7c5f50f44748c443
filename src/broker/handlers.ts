/** Every handler with what it needs, and the answers that are put together from several parts. */
import type { AuditLog } from '../audit/event.ts';
import type { Backend } from '../backends/backend.ts';
import { findBackend } from '../backends/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Addon } from '../native/addon.ts';
import type { Regions } from '../native/regions.ts';
import type { ProfileStore } from '../profile/store.ts';
import type { SessionRow } from '../protocol/requests/ps.ts';
import type { SessionEntry } from '../supervisor/session-table.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Vault } from '../vault/contract.ts';
import { type DaemonFacts, describeDaemon } from './daemon-status.ts';
import type { Handlers, Peer } from './exchange.ts';
import { createInitHandler } from './requests/init.ts';
import { createLaunchHandler } from './requests/launch.ts';
import { createListHandler } from './requests/list.ts';
import { createLookUpHandler } from './requests/look-up.ts';
import { createPsHandler } from './requests/ps.ts';
import { createReadHandler } from './requests/read.ts';
import { createRemoveHandler } from './requests/remove.ts';
import { createStatusHandler } from './requests/status.ts';
import { createStopHandler } from './requests/stop.ts';
import { createStoreHandler } from './requests/store.ts';
import type { Rules } from './rules.ts';

export interface HandlerParts extends DaemonFacts {
  readonly addon: Addon;
  readonly audit: AuditLog;
  readonly backends: readonly Backend[];
  readonly clock: Clock;
  readonly profiles: ProfileStore;
  readonly regions: Regions;
  readonly rules: Rules;
  readonly supervisor: Supervisor;
  readonly vault: Vault;
}

/** One handler for each verb of the request table. */
export function createHandlers(parts: HandlerParts): Handlers {
  const { addon, audit, backends, clock, profiles, regions, rules, supervisor, vault } = parts;
  return {
    init: createInitHandler({ vault, audit }),
    launch: createLaunchHandler({
      addon,
      profiles,
      backends,
      supervisor,
      judge: rules.judgeLaunch,
      audit,
    }),
    list: createListHandler({ vault }),
    'look-up': createLookUpHandler({ backends }),
    ps: createPsHandler({ sessions: (peer) => visibleSessions(parts, peer) }),
    read: createReadHandler({
      addon,
      regions,
      vault,
      audit,
      clock,
      mayRead: (_, peer) => rules.mayRead(peer, findBackend(backends, 'vault')),
    }),
    remove: createRemoveHandler({ vault, audit }),
    status: createStatusHandler({ describe: () => describeDaemon(parts, countRunning(parts)) }),
    stop: createStopHandler({ audit, beginStop: () => supervisor.stop() }),
    store: createStoreHandler({ addon, regions, vault, audit, clock }),
  };
}

/** Inside a session only that session. */
function visibleSessions({ rules, supervisor }: HandlerParts, peer: Peer): SessionRow[] {
  const place = rules.place(peer);
  return supervisor
    .sessions()
    .filter(({ pid, id }) => pid > 0 && (place.kind === 'outside' || place.session === id))
    .map(describeSession);
}

function describeSession({ id, label, state, pid, monitorPid }: SessionEntry): SessionRow {
  return {
    agent_id: label.agentId,
    session: id,
    profile: label.profile,
    pid,
    monitor: { pid: monitorPid },
    state,
    started: new Date(label.startedMs).toISOString(),
    credentials: label.credentials.map((credential) => ({ ...credential })),
  };
}

function countRunning({ supervisor }: HandlerParts): number {
  return supervisor.sessions().filter(({ state }) => state === 'running').length;
}
