/** Whether the values that references name are stored: known to a daemon that runs, and asked of no other. */
import { isAgentKeysError } from '../core/errors.ts';
import type { OpeningName } from '../protocol/table.ts';
import type { Machine } from './machine.ts';

/** `unknown`: there is no such backend. */
export type ReferenceState = 'stored' | 'missing' | 'unknown' | 'invalid';

export type StoredReferences =
  | { readonly kind: 'asked'; readonly states: ReadonlyMap<string, ReferenceState> }
  /** `why` in words for a person. */
  | { readonly kind: 'not asked'; readonly why: string };

const maxReferencesPerRequest = 64;

interface LookUpResult {
  readonly rows: readonly { readonly reference: string; readonly state: ReferenceState }[];
}

/** Starts no daemon, and never throws: a daemon that does not answer leaves the question open. */
export async function askStoredReferences(
  machine: Machine,
  references: readonly string[],
): Promise<StoredReferences> {
  const wanted = [...new Set(references)];
  try {
    return await machine.withBroker({ mayStart: false }, async (broker) => {
      const states = new Map<string, ReferenceState>();
      for (let from = 0; from < wanted.length; from += maxReferencesPerRequest) {
        const page = wanted.slice(from, from + maxReferencesPerRequest);
        const answer: { ok: unknown } = await broker.request(
          'look-up' as OpeningName,
          { references: page } as never,
        );
        const { ok } = answer;
        for (const { reference, state } of (ok as LookUpResult).rows) states.set(reference, state);
      }
      return { kind: 'asked', states };
    });
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
