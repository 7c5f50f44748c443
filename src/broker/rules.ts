/** Who may ask and have what, from facts that the kernel gives about the peer. */
import type { Backend } from '../backends/backend.ts';
import type { Pid, Uid } from '../core/ids.ts';
import { decideRelease, type ReleaseDecision } from '../policy/decide.ts';
import type { RequestDefinition } from '../protocol/request.ts';
import type { WantedGrant } from '../supervisor/grants.ts';
import type { SessionEntry } from '../supervisor/session-table.ts';
import { findPlace, type Place } from './ancestry.ts';
import type { Peer } from './exchange.ts';

export interface Rules {
  /** Inside a session only what its row allows is answered. */
  mayAsk(definition: RequestDefinition, peer: Peer): boolean;
  /** Inside a session or outside of every one, and in which. */
  place(peer: Peer): Place;
  /** What one launch request may have: the place of its caller is looked at once, for all of its credentials. */
  judgeLaunch(peer: Peer): LaunchRules;
  mayRead(peer: Peer, backend: Backend | undefined): ReleaseDecision;
}

export interface LaunchRules {
  /** Whether this caller may start anything at all. */
  readonly mayLaunch: boolean;
  decide(grant: GrantFacts): ReleaseDecision;
}

type GrantFacts = Pick<WantedGrant, 'backend' | 'release'>;

export function createRules({
  ownerUid,
  spawnerPid,
  sessions,
}: {
  readonly ownerUid: Uid;
  readonly spawnerPid: Pid;
  readonly sessions: () => readonly Pick<SessionEntry, 'id' | 'monitorPid'>[];
}): Rules {
  const place = (peer: Peer) => {
    const monitors = new Map(sessions().map(({ monitorPid, id }) => [monitorPid, id]));
    return findPlace(peer.pid, { spawnerPid, monitors });
  };
  const isOutside = (peer: Peer) => place(peer).kind === 'outside';
  const decide = (peer: Peer, isPeerOutsideSessions: boolean, grant: GrantFacts) =>
    decideRelease({
      mode: 'user',
      peerUid: peer.uid,
      ownerUid,
      isPeerOutsideSessions,
      isBackendKnown: grant.backend !== undefined,
      release: grant.release,
    });
  return {
    place,
    mayAsk: (definition, peer) => definition.insideSession === 'own' || isOutside(peer),
    judgeLaunch(peer) {
      const isPeerOutside = isOutside(peer);
      // What an agent may start for itself would stand in its profile; no profile can say so yet.
      return { mayLaunch: isPeerOutside, decide: (grant) => decide(peer, isPeerOutside, grant) };
    },
    mayRead: (peer, backend) => decide(peer, isOutside(peer), { backend, release: 'auto' }),
  };
}
