/** One request on its way: what a handler sees of its connection, and no more. */
import type { Pid, Uid } from '../core/ids.ts';
import type {
  ContinuationName,
  OpeningName,
  RequestBody,
  RequestName,
  RequestResult,
} from '../protocol/table.ts';

/** Who is at the other end, as the kernel said at accept. */
export interface Peer {
  readonly uid: Uid;
  readonly gid: number;
  readonly pid: Pid;
  /** -1 where the kernel has none. Open as long as the connection is; never closed by a handler. */
  readonly pidfd: number;
}

/**
 * INVARIANT: every frame of the client gets exactly one answer: the one that opened the exchange, and each one that `continued`
 * hands over. A handler that throws has the error answered in place of the answer that is owed.
 */
export interface Exchange<Name extends OpeningName = OpeningName> {
  readonly body: RequestBody<Name>;
  readonly peer: Peer;
  /** The client is gone: nothing that is answered arrives. */
  readonly isClosed: boolean;
  /** The descriptors that came with the request; now the handler closes them. What is not taken is closed by the connection. */
  takeDescriptors(): number[];
  /**
   * Answers the frame at hand; `name` is its verb. `descriptors` now belong to the connection, which closes its copies after the send
   * and on every failure. Resolves once the kernel has the answer, or the connection is closed.
   */
  answer<Verb extends RequestName>(
    name: Verb,
    ok: RequestResult<Verb>,
    descriptors?: readonly number[],
  ): Promise<void>;
  /** The next frame under the same id; undefined if the connection closes first. */
  continued(): Promise<ContinuationName | undefined>;
  /** Called once when the connection closes, at once if it is closed already. The result takes the callback back. */
  onClose(callback: () => void): () => void;
}

/** Does what one verb asks. What it throws is answered as an error. */
export type Handler<Name extends OpeningName> = (exchange: Exchange<Name>) => Promise<void>;

export type Handlers = { readonly [Name in OpeningName]: Handler<Name> };
