/** Whether the values that references name are stored: known to a daemon that runs, and asked of no other. */
import { isAgentKeysError } from '../../core/errors.ts';
import { lookUp, type ReferenceState } from '../look-up.ts';
import type { Machine } from '../machine.ts';

export type StoredReferences =
  | { readonly kind: 'asked'; readonly states: ReadonlyMap<string, ReferenceState> }
  /** `why` in words for a person. */
  | { readonly kind: 'not asked'; readonly why: string };

/** Starts no daemon, and never throws: a daemon that does not answer leaves the question open. */
export async function askStoredReferences(
  machine: Machine,
  references: readonly string[],
): Promise<StoredReferences> {
  const wanted = [...new Set(references)];
  try {
    const states = await machine.withBroker({ mayStart: false }, (broker) => lookUp(broker, wanted));
    return { kind: 'asked', states };
  } catch (error) {
    if (!isAgentKeysError(error)) throw error;
    const why = error.code === 'DAEMON_UNREACHABLE' ? 'no daemon runs' : error.message;
    return { kind: 'not asked', why };
  }
}

/** What JSON says of one reference; null: nobody was asked. */
export function findState(stored: StoredReferences, reference: string): ReferenceState | null {
  return stored.kind === 'asked' ? (stored.states.get(reference) ?? null) : null;
}
