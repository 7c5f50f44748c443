/** A request that is not finished: the connection's side of an exchange. */
import { AgentKeysError } from '../core/errors.ts';
import type {
  ContinuationName,
  OpeningName,
  RequestBody,
  RequestName,
  RequestResult,
} from '../protocol/table.ts';
import type { Exchange, Peer } from './exchange.ts';

export interface OpenRequestOptions {
  readonly name: OpeningName;
  readonly body: RequestBody<OpeningName>;
  readonly peer: Peer;
  readonly descriptors: readonly number[];
  readonly send: (ok: object, descriptors: readonly number[]) => Promise<void>;
  readonly closeDescriptor: (descriptor: number) => void;
}

/** INVARIANT: `owed` is the verb of the one frame that waits for its answer; a client that sends another one breaks the protocol. */
export class OpenRequest implements Exchange {
  readonly name: OpeningName;
  readonly body: RequestBody<OpeningName>;
  readonly peer: Peer;
  readonly #options: OpenRequestOptions;
  #descriptors: number[];
  #owed: RequestName | undefined;
  #arrived: ContinuationName | undefined;
  #awaiting: ((name: ContinuationName | undefined) => void) | undefined;
  #isClosed = false;
  readonly #closing = new Set<() => void>();

  constructor(options: OpenRequestOptions) {
    this.#options = options;
    this.name = options.name;
    this.body = options.body;
    this.peer = options.peer;
    this.#descriptors = [...options.descriptors];
    this.#owed = options.name;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The verb that still needs an answer. */
  get owed(): RequestName | undefined {
    return this.#owed;
  }

  takeDescriptors(): number[] {
    return this.#descriptors.splice(0);
  }

  answer<Verb extends RequestName>(
    name: Verb,
    ok: RequestResult<Verb>,
    descriptors: readonly number[] = [],
  ): Promise<void> {
    if (this.#owed !== name) {
      for (const descriptor of descriptors) this.#options.closeDescriptor(descriptor);
      throw new AgentKeysError('INTERNAL', { where: `answering ${name}` });
    }
    const sent = this.#options.send(ok, descriptors);
    this.#owed = undefined;
    return sent;
  }

  continued(): Promise<ContinuationName | undefined> {
    const name = this.#arrived;
    this.#arrived = undefined;
    if (name !== undefined || this.#isClosed) return Promise.resolve(name);
    return new Promise((resolve) => {
      this.#awaiting = resolve;
    });
  }

  onClose(callback: () => void): () => void {
    if (this.#isClosed) callback();
    else this.#closing.add(callback);
    return () => this.#closing.delete(callback);
  }

  /** A later frame of this request. Errors: `PROTOCOL_INVALID` if it is of another request or comes before its answer. */
  continueWith(name: ContinuationName, opener: string): void {
    if (opener !== this.name || this.#owed !== undefined) {
      throw new AgentKeysError('PROTOCOL_INVALID', { rule: `${name} continues nothing` });
    }
    this.#owed = name;
    const awaiting = this.#awaiting;
    this.#awaiting = undefined;
    if (awaiting === undefined) this.#arrived = name;
    else awaiting(name);
  }

  /** Closes what nobody took. After the handler, and when the connection closes. */
  releaseDescriptors(): void {
    for (const descriptor of this.#descriptors.splice(0)) this.#options.closeDescriptor(descriptor);
  }

  /** The connection is gone. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#awaiting?.(undefined);
    this.#awaiting = undefined;
    for (const callback of this.#closing) callback();
    this.#closing.clear();
  }
}
