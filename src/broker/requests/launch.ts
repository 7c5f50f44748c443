/** Answers `launch`: loads the profile, checks the context, hands the order to the supervisor. */
import { basename } from 'node:path';
import type { AuditLog } from '../../audit/event.ts';
import type { Backend } from '../../backends/backend.ts';
import { findBackend } from '../../backends/index.ts';
import { AgentKeysError, toAgentKeysError } from '../../core/errors.ts';
import { type AgentId, type ProfileName, parseAgentId, parseProfileName } from '../../core/ids.ts';
import { parseReference } from '../../core/reference.ts';
import { findDeliveryMode } from '../../delivery/index.ts';
import type { Addon } from '../../native/addon.ts';
import { isNativeError } from '../../native/native-error.ts';
import { findUnmetDemands, type UnmetDemand } from '../../profile/demands.ts';
import { createMissingError } from '../../profile/missing.ts';
import type { Profile } from '../../profile/profile.ts';
import type { ProfileStore } from '../../profile/store.ts';
import { collectGrants, type WantedGrant } from '../../supervisor/grants.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import type { Exchange, Handler, Peer } from '../exchange.ts';
import type { LaunchRules } from '../rules.ts';

export interface LaunchDeps {
  readonly addon: Addon;
  readonly profiles: ProfileStore;
  readonly backends: readonly Backend[];
  readonly supervisor: Pick<Supervisor, 'launch'>;
  readonly judge: (peer: Peer) => LaunchRules;
  readonly audit: Pick<AuditLog, 'note'>;
}

export function createLaunchHandler(deps: LaunchDeps): Handler<'launch'> {
  return async (exchange) => {
    const descriptors = exchange.takeDescriptors();
    const [controlSocket, context, profileFile] = descriptors;
    if (controlSocket === undefined || context === undefined)
      throw new AgentKeysError('PROTOCOL_INVALID', {
        rule: 'a launch comes with its control socket and its context',
      });
    const closing = new Set(descriptors);
    const closeDescriptor = (fd: number) => {
      if (closing.delete(fd)) deps.addon.close(fd);
    };
    try {
      const rules = deps.judge(exchange.peer);
      if (!rules.mayLaunch) throw refuseInside(deps.audit, exchange.peer);
      const facts = readContext(deps.addon, context);
      const profile = chooseProfile(deps, exchange, { profileFile, argv: facts.argv });
      requireMet(deps, exchange, profile);
      const grants = resolveGrants(deps, exchange, profile);
      closing.delete(controlSocket); // the supervisor closes it once the spawner has it
      await deps.supervisor.launch(
        {
          label: { agentId: chooseAgentId(exchange, profile), profile: profile.name },
          profile,
          grants,
          uid: exchange.peer.uid,
          pid: exchange.peer.pid,
          contextDevice: facts.device,
          contextInode: facts.inode,
          controlSocket,
          closeDescriptor: (fd) => deps.addon.close(fd),
          onClientGone: (callback) => exchange.onClose(callback),
        },
        rules.decide,
      );
    } finally {
      for (const fd of [...closing]) closeDescriptor(fd);
    }
    await exchange.answer('launch', {});
  };
}

function refuseInside(audit: Pick<AuditLog, 'note'>, { uid, pid }: Peer): AgentKeysError {
  audit.note({ event: 'refuse', uid, pid, code: 'POLICY_REFUSED' }).catch(() => {});
  return new AgentKeysError('POLICY_REFUSED', { rule: 'the caller runs inside a session' });
}

/** The seals make sure that what is decided on is what will run. Errors: `LAUNCH_CONTEXT`. */
function readContext(addon: Addon, memfd: number): ReturnType<Addon['contextFacts']> {
  try {
    return addon.contextFacts(memfd);
  } catch (error) {
    if (!isNativeError(error)) throw toAgentKeysError(error, 'reading the launch context');
    throw new AgentKeysError('LAUNCH_CONTEXT', { rule: 'it is not a sealed launch context' }, error);
  }
}

function chooseProfile(
  { profiles }: LaunchDeps,
  { body }: Exchange<'launch'>,
  { profileFile, argv }: { readonly profileFile: number | undefined; readonly argv: readonly Buffer[] },
): Profile {
  if (body.profileFile !== undefined) {
    if (profileFile === undefined)
      throw new AgentKeysError('PROTOCOL_INVALID', {
        rule: 'a launch with a profile file comes with its descriptor',
      });
    return profiles.parseDescriptor(profileFile, body.profileFile);
  }
  if (body.profile !== undefined) return requireProfile(profiles, body.profile);
  // Only the last part of the command's name selects; bytes that are no text select nothing.
  const matched = profiles.match(basename(argv[0]?.toString('utf8') ?? ''));
  return matched ?? requireProfile(profiles, parseProfileName('default'));
}

function chooseAgentId({ body }: Exchange<'launch'>, profile: Profile): AgentId {
  return parseAgentId(body.agentId ?? profile.name);
}

/** Before anything is prepared or fetched: what cannot be done is refused, never left out. Errors: `LAUNCH_LIMIT`, `PROFILE_UNSUPPORTED`. */
function requireMet({ audit }: LaunchDeps, exchange: Exchange<'launch'>, profile: Profile): void {
  // An approval is decided with the grant that it is for: the command line may have replaced that credential.
  const unmet = findUnmetDemands(profile, { mode: 'user' }).find(({ path }) => path[0] !== 'credentials');
  if (unmet === undefined) return;
  const error = describeUnmet(profile, unmet);
  const { uid, pid } = exchange.peer;
  const named = { agent_id: chooseAgentId(exchange, profile), profile: profile.name };
  audit.note({ event: 'refuse', ...named, uid, pid, code: error.code }).catch(() => {});
  throw error;
}

function describeUnmet(profile: Profile, { path, rule }: UnmetDemand): AgentKeysError {
  const [table, part, limit] = path;
  if (table === 'agent' && part === 'limits' && limit !== undefined)
    return new AgentKeysError('LAUNCH_LIMIT', { limit, rule: `it ${rule}` });
  return new AgentKeysError('PROFILE_UNSUPPORTED', { profile: profile.name, key: path.join('.'), rule });
}

function requireProfile(profiles: ProfileStore, name: ProfileName): Profile {
  const found = profiles.find(name);
  if (found === undefined) throw createMissingError(profiles, name);
  return found;
}

function resolveGrants(
  deps: LaunchDeps,
  { body }: Exchange<'launch'>,
  profile: Profile,
): readonly WantedGrant[] {
  return collectGrants(
    { profile, with: body.with, env: body.env },
    {
      parseReference,
      findBackend: (name) => findBackend(deps.backends, name),
      findDeliveryMode,
    },
  );
}
