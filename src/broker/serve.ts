/** The request socket with everything that answers on it. */
import type { AuditLog } from '../audit/event.ts';
import type { Backend } from '../backends/backend.ts';
import { findBackend } from '../backends/index.ts';
import type { Clock } from '../core/clock.ts';
import { parsePid } from '../core/ids.ts';
import type { Log } from '../log/log.ts';
import type { Addon } from '../native/addon.ts';
import type { Regions } from '../native/regions.ts';
import type { ProfileStore } from '../profile/store.ts';
import type { SessionRow } from '../protocol/requests/ps.ts';
import type { DaemonStatus } from '../protocol/requests/status.ts';
import type { SessionEntry } from '../supervisor/session-table.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { Vault } from '../vault/contract.ts';
import { Connection } from './connection.ts';
import { createDispatch, type DispatchOptions } from './dispatch.ts';
import type { Handlers, Peer } from './exchange.ts';
import { createListener, type Listener } from './listener.ts';
import { createInitHandler } from './requests/init.ts';
import { createLaunchHandler } from './requests/launch.ts';
import { createPsHandler } from './requests/ps.ts';
import { createReadHandler } from './requests/read.ts';
import { createStatusHandler } from './requests/status.ts';
import { createStopHandler } from './requests/stop.ts';
import { createStoreHandler } from './requests/store.ts';
import type { Rules } from './rules.ts';

export interface ServeParts {
  readonly addon: Addon;
  readonly audit: AuditLog;
  readonly backends: readonly Backend[];
  readonly clock: Clock;
  readonly isDegraded: boolean;
  readonly listenFd: number;
  readonly log: Log;
  readonly profiles: ProfileStore;
  readonly regions: Regions;
  readonly rules: Rules;
  readonly supervisor: Supervisor;
  readonly vault: Vault;
  readonly version: string;
}

export function serveClients(parts: ServeParts): Listener {
  const { addon, clock, log, rules, version } = parts;
  const mayAsk: DispatchOptions['mayAsk'] = (definition, peer) => {
    if (rules.mayAsk(definition, peer)) return true;
    recordRefusal(parts, peer);
    return false;
  };
  const dispatch = createDispatch({ handlers: createHandlers(parts), mayAsk });
  return createListener({
    addon,
    clock,
    log,
    listenFd: parts.listenFd,
    ownerUid: process.getuid?.() ?? -1,
    open: (peer, onClosed) =>
      new Connection({ addon, clock, log, dispatch, greeting: { version, mode: 'user' }, peer, onClosed }),
    recordRefusal: (peer) => recordRefusal(parts, peer),
  });
}

/** A refusal releases nothing, so nobody waits for its record. */
function recordRefusal(
  { audit }: ServeParts,
  { uid, pid }: { readonly uid: number; readonly pid: number },
): void {
  audit.note({ event: 'refuse', uid, pid, code: 'REQUEST_REFUSED' }).catch(() => {});
}

function createHandlers(parts: ServeParts): Handlers {
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
    ps: createPsHandler({ sessions: (peer) => visibleSessions(parts, peer) }),
    read: createReadHandler({
      addon,
      regions,
      vault,
      audit,
      clock,
      mayRead: (_, peer) => rules.mayRead(peer, findBackend(backends, 'vault')),
    }),
    status: createStatusHandler({ describe: () => describeDaemon(parts) }),
    stop: createStopHandler({ audit, beginStop: () => supervisor.stop() }),
    store: createStoreHandler({ addon, regions, vault, audit, clock }),
  };
}

/** Inside a session only that session. */
function visibleSessions({ rules, supervisor }: ServeParts, peer: Peer): SessionRow[] {
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

function describeDaemon({ vault, supervisor, isDegraded, version }: ServeParts): DaemonStatus {
  return {
    version,
    mode: 'user',
    broker: { pid: parsePid(process.pid) },
    spawner: { pid: parsePid(process.ppid) },
    vault: { locked: false, present: vault.isPresent() },
    sessions: supervisor.sessions().filter(({ state }) => state === 'running').length,
    hardening: isDegraded ? 'degraded' : 'ok',
  };
}
