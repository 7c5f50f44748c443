/** Who may ask and have what, from facts that the kernel gives about the peer. */
import type { Backend } from '../backends/backend.ts';
import type { Pid, Uid } from '../core/ids.ts';
import { decideRelease, type ReleaseDecision } from '../policy/decide.ts';
import type { RequestDefinition } from '../protocol/request.ts';
import type { WantedGrant } from '../supervisor/grants.ts';
import { isInsideSession } from './ancestry.ts';
import type { Peer } from './exchange.ts';

export interface Rules {
  /** Inside a session only what its row allows is answered. */
  mayAsk(definition: RequestDefinition, peer: Peer): boolean;
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
}: {
  readonly ownerUid: Uid;
  readonly spawnerPid: Pid;
}): Rules {
  const isOutside = (peer: Peer) => !isInsideSession(peer.pid, spawnerPid);
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
    mayAsk: (definition, peer) => definition.insideSession === 'own' || isOutside(peer),
    judgeLaunch(peer) {
      const isPeerOutside = isOutside(peer);
      // What an agent may start for itself would stand in its profile; no profile can say so yet.
      return { mayLaunch: isPeerOutside, decide: (grant) => decide(peer, isPeerOutside, grant) };
    },
    mayRead: (peer, backend) => decide(peer, isOutside(peer), { backend, release: 'auto' }),
  };
}
