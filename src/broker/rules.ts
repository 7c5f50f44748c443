/** Who may ask and have what, from facts that the kernel gives about the peer. */
import type { Pid, Uid } from '../core/ids.ts';
import { decideRelease, type ReleaseDecision } from '../policy/decide.ts';
import type { RequestDefinition } from '../protocol/request.ts';
import type { WantedGrant } from '../supervisor/grants.ts';
import { isInsideSession } from './ancestry.ts';
import type { Peer } from './exchange.ts';

export interface Rules {
  /** Inside a session only what its row allows is answered. */
  mayAsk(definition: RequestDefinition, peer: Peer): boolean;
  mayLaunch(peer: Peer): boolean;
  decide(peer: Peer, grant: Pick<WantedGrant, 'backend' | 'release'>): ReleaseDecision;
  mayRead(peer: Peer): ReleaseDecision;
}

export function createRules({
  ownerUid,
  spawnerPid,
}: {
  readonly ownerUid: Uid;
  readonly spawnerPid: Pid;
}): Rules {
  const isOutside = (peer: Peer) => !isInsideSession(peer.pid, spawnerPid);
  const decide = (peer: Peer, isBackendKnown: boolean, release: 'auto' | 'approve') =>
    decideRelease({
      mode: 'user',
      peerUid: peer.uid,
      ownerUid,
      isPeerOutsideSessions: isOutside(peer),
      isBackendKnown,
      release,
    });
  return {
    mayAsk: (definition, peer) => definition.insideSession === 'own' || isOutside(peer),
    // What an agent may start for itself would stand in its profile; no profile can say so yet.
    mayLaunch: isOutside,
    decide: (peer, { backend, release }) => decide(peer, backend !== undefined, release),
    mayRead: (peer) => decide(peer, true, 'auto'),
  };
}
