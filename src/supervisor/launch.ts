/**
 * The launch path, top to bottom: check, prepare, decide, fetch, write the grant down, commit, go.
 *
 * INVARIANT: no descriptor of a region leaves the broker before its grant is durable, and `go` is sent only after the broker's own
 * mapping is gone. A failure at any step means no agent, one error, and nothing left behind.
 */
import type { AuditEvent, AuditLog } from '../audit/event.ts';
import { AgentKeysError, toAgentKeysError } from '../core/errors.ts';
import type { DeliveryLayout } from '../delivery/delivery.ts';
import { encodeCommit, encodeOrder, encodePrepare, type PreparedFacts } from '../native/launch-plan.ts';
import type { Region, Regions } from '../native/regions.ts';
import type { SpawnerLink } from '../native/spawner-link.ts';
import type { ReleaseDecision } from '../policy/decide.ts';
import type { Profile } from '../profile/profile.ts';
import { fetchIntoRegion, planDelivery } from './fetch.ts';
import type { WantedGrant } from './grants.ts';
import { formatSessionLabel } from './session-label.ts';
import type { SessionEntry, SessionLabel, SessionTable } from './session-table.ts';
import { createSpawnerWords, type SpawnerWords } from './spawner-words.ts';

export interface LaunchParts {
  readonly link: Pick<SpawnerLink, 'send'>;
  readonly regions: Regions;
  readonly audit: Pick<AuditLog, 'append' | 'note'>;
  readonly sessions: SessionTable;
  /** May this caller have this credential now; anything but `allow` releases nothing. */
  readonly decide: (grant: WantedGrant) => ReleaseDecision;
}

/** One request, checked: the profile is loaded, the context's seals and bounds are right. */
export interface LaunchOrder {
  readonly label: SessionLabel;
  readonly profile: Profile;
  readonly grants: readonly WantedGrant[];
  readonly uid: number;
  readonly pid: number;
  readonly contextDevice: bigint;
  readonly contextInode: bigint;
  /** The client's control socket; closed here on every path. */
  readonly controlSocket: number;
  readonly closeDescriptor: (fd: number) => void;
  /** Calls back when the client goes away; the result takes the callback back. */
  readonly onClientGone: (callback: () => void) => () => void;
}

/** Resolves once the agent runs. Errors: those of the catalogue that begin with `LAUNCH_`, `POLICY_`, `CREDENTIAL_`, `VAULT_`, `AUDIT_`. */
export async function launch(parts: LaunchParts, order: LaunchOrder): Promise<void> {
  const session = parts.sessions.add(order.label);
  const words = createSpawnerWords(session);
  const forget = order.onClientGone(words.giveUp);
  let region: Region | undefined;
  try {
    prepare(parts, order, { session, words });
    decideAll(parts, order);
    const layout = planDelivery(order.grants, await measureAll(order.grants));
    region = await fetchIntoRegion(parts.regions, order.grants, layout);
    const [facts] = await settleBoth(words.prepared(), recordGrants(parts, order, session));
    await commit(parts, words, { session, region, layout });
    // From the go on the monitor watches the client; one that is gone by now may just have seen its agent end.
    forget();
    await run(parts, order, { session, words, facts });
  } catch (thrown) {
    await abandon(parts, order, { session, region, thrown });
  } finally {
    forget();
    session.listener = undefined;
  }
}

/** The child is forked, takes the caller's identity and finds its executable; it waits there for the region. */
function prepare(
  { link }: LaunchParts,
  order: LaunchOrder,
  { session, words }: { session: SessionEntry; words: SpawnerWords },
): void {
  const release = (refused?: AgentKeysError) => {
    order.closeDescriptor(order.controlSocket);
    if (refused !== undefined) words.fail(refused);
  };
  let message: Buffer;
  try {
    message = encodePlan(order, session);
  } catch (error) {
    release();
    throw error;
  }
  link.send(message, [order.controlSocket], release);
}

function encodePlan(order: LaunchOrder, session: SessionEntry): Buffer {
  const { environment, agent } = order.profile;
  const { cwd, umask, limits } = agent;
  const { nofile, core } = limits;
  return encodePrepare({
    session: session.id,
    contextDevice: order.contextDevice,
    contextInode: order.contextInode,
    inherit: environment.inherit,
    pass: environment.pass,
    unset: environment.unset,
    set: [...environment.set].map(([name, value]) => `${name}=${value}`),
    secretNames: order.grants.map(({ variable }) => variable),
    rules: {
      ...(cwd === undefined ? {} : { cwd }),
      ...(umask === undefined ? {} : { umask }),
      ...(nofile === undefined ? {} : { nofile }),
      ...(core === undefined ? {} : { core }),
    },
    label: formatSessionLabel(order.label),
  });
}

function decideAll({ decide }: LaunchParts, { grants }: LaunchOrder): void {
  for (const grant of grants) {
    const decision = decide(grant);
    if (decision.kind === 'deny') throw new AgentKeysError('POLICY_REFUSED', { rule: decision.rule });
    if (decision.kind === 'ask')
      throw new AgentKeysError('POLICY_REFUSED', {
        rule: `${grant.service} needs an approval, which this version cannot take`,
      });
  }
}

async function recordGrants(
  { audit }: LaunchParts,
  order: LaunchOrder,
  session: SessionEntry,
): Promise<void> {
  const records = order.grants.map((grant) =>
    audit.append({ ...describeGrant(order, session, grant), event: 'grant' }),
  );
  // A run without credentials releases nothing and is written down all the same, before it starts.
  if (records.length === 0) records.push(audit.append({ ...describe(order, session), event: 'start' }));
  await Promise.all(records);
}

/** The order on the one socket to the spawner is the proof: at `go` the broker and the spawner hold nothing of the region. */
async function commit(
  { link }: LaunchParts,
  words: SpawnerWords,
  { session, region, layout }: { session: SessionEntry; region: Region | undefined; layout: DeliveryLayout },
): Promise<void> {
  words.requireAlive();
  const message = encodeCommit(session.id, layout.byteLength, layout.items.length);
  await new Promise<void>((sent, refuse) =>
    link.send(message, region === undefined ? [] : [region.descriptor], (refused) =>
      refused === undefined ? sent() : refuse(refused),
    ),
  );
  // Fallback memory could be swapped out once nobody has it locked: the child must have it first.
  if (region?.kind === 'locked') await words.mapped();
  region?.drop();
  link.send(encodeOrder('go', session.id));
}

async function run(
  { audit }: LaunchParts,
  order: LaunchOrder,
  { session, words, facts }: { session: SessionEntry; words: SpawnerWords; facts: PreparedFacts },
): Promise<void> {
  session.pid = facts.pid;
  session.monitorPid = facts.monitorPid;
  await words.execed();
  session.state = 'running';
  const common = describe(order, session);
  const records: AuditEvent[] = [{ ...common, event: 'exec' }];
  for (const grant of order.grants) {
    const released = describeGrant(order, session, grant);
    records.push({ ...released, event: 'deliver' }, { ...released, event: 'drop', reason: 'delivered' });
  }
  // What has happened is no longer refused: a log that fails now refuses the next launch.
  for (const record of records) audit.note({ ...record, pid: facts.pid }).catch(() => {});
  session.launched.resolve();
}

/** Everything that the launch took is given back before its error is told. */
async function abandon(
  { link, audit, sessions }: LaunchParts,
  order: LaunchOrder,
  { session, region, thrown }: { session: SessionEntry; region: Region | undefined; thrown: unknown },
): Promise<never> {
  const error = toAgentKeysError(thrown, 'the launch path');
  if (region?.isOpen) {
    region.wipe();
    region.drop();
  }
  try {
    link.send(encodeOrder('abort', session.id));
  } catch {
    // The spawner is gone, and every child that had not started with it.
  }
  sessions.remove(session.id);
  await audit.note({ ...describe(order, session), event: 'refuse', code: error.code }).catch(() => {});
  throw error;
}

async function measureAll(grants: readonly WantedGrant[]): Promise<readonly number[]> {
  return await Promise.all(
    grants.map(async ({ backend, backendName, service }) => {
      if (backend === undefined)
        throw new AgentKeysError('BACKEND_UNAVAILABLE', { backend: backendName, service });
      const byteLength = await backend.measure(service);
      if (byteLength === undefined) throw new AgentKeysError('CREDENTIAL_MISSING', { service });
      return byteLength;
    }),
  );
}

/** Both run to their end, so that neither is left behind unwatched; the first failure counts. */
async function settleBoth<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

function describe(order: LaunchOrder, session: SessionEntry): Omit<AuditEvent, 'event'> {
  const { agentId, profile } = order.label;
  return { agent_id: agentId, session: session.id, profile, uid: order.uid, pid: order.pid };
}

function describeGrant(
  order: LaunchOrder,
  session: SessionEntry,
  grant: WantedGrant,
): Omit<AuditEvent, 'event'> {
  const { service, backendName, mode } = grant;
  return { ...describe(order, session), service, backend: backendName, delivery: mode.name };
}
