/** Puts the broker together: hardened first, then the audit log, the vault, the way to the spawner, and last the first client. */
import { constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditLog } from '../audit/event.ts';
import { openAuditLog } from '../audit/log.ts';
import { createBackends } from '../backends/index.ts';
import { configPath, readConfig } from '../config/config.ts';
import { type Clock, createSystemClock } from '../core/clock.ts';
import { AgentKeysError, toAgentKeysError } from '../core/errors.ts';
import { parsePid, parseUid } from '../core/ids.ts';
import { findReference } from '../core/reference.ts';
import { findDeliveryMode } from '../delivery/index.ts';
import { createLog, type Log } from '../log/log.ts';
import { type Addon, loadAddon } from '../native/addon.ts';
import { createRegions, type RegionKind, type Regions } from '../native/regions.ts';
import { createSpawnerLink } from '../native/spawner-link.ts';
import { createProfileStore } from '../profile/store.ts';
import { type Arena, createArena } from '../secret/arena.ts';
import { createSupervisor, type EndCause, type Supervisor } from '../supervisor/supervisor.ts';
import type { Vault } from '../vault/contract.ts';
import { createVault } from '../vault/vault.ts';
import type { DaemonFacts } from './daemon-status.ts';
import { findDegraded, requireHardening } from './hardening.ts';
import type { Listener } from './listener.ts';
import type { BrokerOptions } from './options.ts';
import { createRules } from './rules.ts';
import { serveClients } from './serve.ts';
import { readVersion } from './version.ts';

/** The running broker. */
export interface Broker {
  /** Resolves with the process's exit code once everything is let go. */
  readonly ended: Promise<number>;
}

/**
 * `onCrash` ends the process: after an exception that nobody expected nothing is released any more; the spawner starts another.
 * Errors: `CONFIG_INVALID`, `CONFIG_UNSAFE`, `HARDENING_REFUSED`, `STATE_UNSAFE`, `AUDIT_BROKEN`, `AUDIT_UNAVAILABLE`, `SECRET_MEMORY`, `INTERNAL`. Nothing is served after any of them.
 */
export async function startBroker(options: BrokerOptions, onCrash: () => void): Promise<Broker> {
  const addon = loadAddon();
  // Before the first secret byte: from here on nobody of this uid attaches or reads.
  addon.harden();
  const clock = createSystemClock();
  const log = createLog({ descriptor: openLogFile(options.state), level: 'info' });
  watchForCrash(log, onCrash);
  const regions = createRegions({ addon, forceFallback: options.forceFallback });
  const settled = settleHardening(addon, regions, options.config);
  const arena = createArena({ regions });
  const audit = await openAudit(options.state, clock, settled);
  const vault = createVault({ directory: join(options.state, 'vault'), clock, arena, regions, log });
  const stopping = Promise.withResolvers<EndCause>();
  const supervisor = createSupervisor({
    clock,
    regions,
    audit,
    connect: (listeners) => createSpawnerLink({ addon, fd: options.spawnerFd, ...listeners }),
    onEnd: stopping.resolve,
  });
  const rules = createRules({
    sessions: supervisor.sessions,
    ownerUid: parseUid(process.getuid?.() ?? -1),
    spawnerPid: parsePid(process.ppid),
  });
  // Whoever is inside an older session must be known as such before the first question is answered.
  await Promise.race([supervisor.ready, stopping.promise]);
  const clients = serveClients({
    addon,
    audit,
    clock,
    log,
    regions,
    rules,
    supervisor,
    vault,
    listenFd: options.listenFd,
    backends: createBackends({ vault }),
    profiles: createProfiles({ addon, clock, config: options.config }),
    ...settled,
    home: options,
    sinceMs: clock.nowMs(),
    version: readVersion(),
  });
  log.info('broker.ready');

  return {
    ended: stopping.promise.then((cause) => shutDown({ clients, audit, arena, supervisor, vault }, cause)),
  };
}

interface Held {
  readonly clients: Listener;
  readonly audit: AuditLog;
  readonly arena: Arena;
  readonly supervisor: Supervisor;
  readonly vault: Pick<Vault, 'close'>;
}

async function shutDown(
  { clients, audit, arena, supervisor, vault }: Held,
  cause: EndCause,
): Promise<number> {
  clients.stopAccepting();
  // Whoever asks for a stop is written down with the answer; nobody waits for this one, the log's end takes it along.
  if (cause === 'signal')
    audit
      .append({ event: 'stop', uid: process.getuid?.(), pid: process.pid, reason: 'signal' })
      .catch(() => {});
  await Promise.all([audit.close(), vault.close()]);
  arena.wipe();
  // Last: whoever asked for the stop takes the end of its connection for the end of the daemon.
  clients.close();
  supervisor.close();
  return 0;
}

/** Before the first record: a daemon that must not run leaves nothing but its words. Errors: `CONFIG_*`, `HARDENING_REFUSED`. */
function settleHardening(addon: Addon, regions: Regions, directory: string) {
  const { hardening, auditDurability } = readConfig({
    directory,
    openFile: (path) => addon.openFile(path),
    ownUid: process.getuid?.() ?? -1,
  });
  const memory = findMemoryKind(regions);
  const degraded = findDegraded({ isMemoryDegraded: memory !== 'secretmem', auditDurability });
  requireHardening(degraded, { hardening, file: configPath(directory) });
  return { durability: auditDurability, memory, isDegraded: degraded.length > 0 };
}

/** Its first record says the same as `status`. */
async function openAudit(
  state: string,
  clock: Clock,
  { durability, isDegraded }: Pick<DaemonFacts, 'durability' | 'isDegraded'>,
): Promise<AuditLog> {
  const audit = await openAuditLog({ directory: join(state, 'audit'), clock, durability });
  const reason = isDegraded ? 'degraded' : 'ok';
  await audit.append({ event: 'start', uid: process.getuid?.(), pid: process.pid, reason });
  return audit;
}

/** Where it was thrown is logged, never what it says: a stranger's message may quote what it choked on. */
function watchForCrash(log: Log, onCrash: () => void): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (thrown: unknown) => {
      log.failure('broker.crash', toAgentKeysError(thrown, 'the broker'));
      onCrash();
    });
}

function createProfiles({ addon, clock, config }: { addon: Addon; clock: Clock; config: string }) {
  const packaged = fileURLToPath(new URL('../../profiles', import.meta.url));
  return createProfileStore({
    clock,
    directories: [join(config, 'profiles'), '/etc/agentkeys/profiles', packaged],
    openFile: (path) => addon.openFile(path),
    ownUid: process.getuid?.() ?? -1,
    checkReference: (text) => findReference(text) !== undefined,
    checkDelivery: (name) => findDeliveryMode(name) !== undefined,
  });
}

/** Asked once, of a region made for the question: what a credential will lie in. */
function findMemoryKind(regions: Regions): RegionKind {
  const region = regions.create(1);
  const { kind } = region;
  region.drop();
  return kind;
}

/** ATTACK: a FIFO under the name would keep the broker waiting, a link would be written through. Errors: `STATE_UNSAFE`. */
function openLogFile(state: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  const file = join(state, 'broker.log');
  let fd: number;
  try {
    fd = openSync(file, O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_WRONLY, 0o600);
  } catch (cause) {
    throw new AgentKeysError('STATE_UNSAFE', { file, rule: 'it is not a file that can be written' }, cause);
  }
  const { uid, mode } = fstatSync(fd);
  const isOwn = uid === process.geteuid?.() && mode === (constants.S_IFREG | 0o600);
  if (!isOwn)
    throw new AgentKeysError('STATE_UNSAFE', { file, rule: 'it is not a file of yours with mode 0600' });
  return fd;
}
