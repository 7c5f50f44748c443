/** The sessions that live: what each is, and who waits for its next word. */
import { randomBytes } from 'node:crypto';
import { type AgentId, type ProfileName, parseSessionId, type SessionId } from '../core/ids.ts';
import type { SpawnerMessage } from '../native/launch-plan.ts';

export interface SessionCredential {
  readonly name: string;
  readonly service: string;
  readonly delivery: string;
  readonly grade: string;
}

/** What outlives a broker: written into the plan's label, given back by the spawner to the next broker. */
export interface SessionLabel {
  readonly agentId: AgentId;
  readonly profile: ProfileName;
  readonly startedMs: number;
  readonly credentials: readonly SessionCredential[];
}

/** INVARIANT: preparing → running → ended; a session that fails before it runs leaves the table. */
export type SessionState = 'preparing' | 'running' | 'ended';

export interface SessionEntry {
  readonly id: SessionId;
  readonly label: SessionLabel;
  state: SessionState;
  /** Its end has been heard, and is written down once its start is. */
  hasExited: boolean;
  pid: number;
  monitorPid: number;
  /** Resolved once the launch is written down: its exit must not stand before its start. */
  readonly launched: PromiseWithResolvers<void>;
  /** Where the launch path waits for the spawner's words, or for word that there will be none; nobody once it runs. */
  listener: ((message: SpawnerMessage | { readonly kind: 'lost' }) => void) | undefined;
}

export interface SessionTable {
  add(label: SessionLabel): SessionEntry;
  adopt(id: SessionId, label: SessionLabel): SessionEntry;
  find(id: SessionId): SessionEntry | undefined;
  remove(id: SessionId): void;
  all(): readonly SessionEntry[];
}

export function createSessionTable(): SessionTable {
  const entries = new Map<SessionId, SessionEntry>();
  const put = (id: SessionId, label: SessionLabel): SessionEntry => {
    const launched = Promise.withResolvers<void>();
    const entry: SessionEntry = {
      id,
      label,
      launched,
      hasExited: false,
      state: 'preparing',
      pid: 0,
      monitorPid: 0,
      listener: undefined,
    };
    entries.set(id, entry);
    return entry;
  };
  return {
    add: (label) => put(freshSessionId(entries), label),
    adopt: put,
    find: (id) => entries.get(id),
    remove: (id) => {
      entries.delete(id);
    },
    all: () => [...entries.values()],
  };
}

/** Random, so that a session of an earlier broker never has the same name; zero means none on the wire. */
function freshSessionId(taken: ReadonlyMap<SessionId, unknown>): SessionId {
  for (;;) {
    const id = parseSessionId(randomBytes(8).toString('hex'));
    if (!taken.has(id) && !/^0+$/.test(id)) return id;
  }
}
