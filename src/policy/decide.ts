/** Whether one session may have one credential now: a pure function that refuses whatever it does not know. */

/** Established facts only. A caller that is in doubt says `false`. */
export interface ReleaseFacts {
  readonly mode: 'user' | 'system';
  /** As the kernel gave it for the connection. */
  readonly peerUid: number;
  /** Whose vault this is. */
  readonly ownerUid: number;
  /** The peer descends from no session of ours and lies in no session's cgroup. */
  readonly isPeerOutsideSessions: boolean;
  readonly isBackendKnown: boolean;
  readonly release: 'auto' | 'approve';
}

/** `ask`: a person must release it first. `rule` is a constant text for the message and the audit record. */
export type ReleaseDecision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly rule: string }
  | { readonly kind: 'ask' };

/** Refusals come before the question: a person is never asked for what is not allowed anyway. */
export function decideRelease(facts: ReleaseFacts): ReleaseDecision {
  if (facts.mode !== 'user') return deny('this daemon serves its own user only');
  if (!isSameUid(facts.peerUid, facts.ownerUid)) return deny('the caller is not the owner of the vault');
  if (facts.isPeerOutsideSessions !== true) return deny('the caller runs inside a session');
  if (facts.isBackendKnown !== true) return deny('the backend is unknown');
  if (facts.release === 'auto') return { kind: 'allow' };
  if (facts.release === 'approve') return { kind: 'ask' };
  return deny('the release rule is unknown');
}

/** Two unknown uids are not the same one. */
function isSameUid(peerUid: number, ownerUid: number): boolean {
  return Number.isSafeInteger(peerUid) && peerUid >= 0 && peerUid === ownerUid;
}

function deny(rule: string): ReleaseDecision {
  return { kind: 'deny', rule };
}
