/** One client: hello first, then requests; whatever breaks the protocol ends it, and leaves no descriptor behind. */
import type { Clock } from '../core/clock.ts';
import { AgentKeysError, isAgentKeysError, toAgentKeysError } from '../core/errors.ts';
import type { Log } from '../log/log.ts';
import type { Addon, Watch } from '../native/addon.ts';
import type { Peer } from '../native/sockets.ts';
import { encodeFrame } from '../protocol/frames.ts';
import { limits, protocolVersion } from '../protocol/limits.ts';
import { parseClientHello, parsePayload, parseRequest, type ServerHello } from '../protocol/messages.ts';
import { formatWireError } from '../protocol/wire-error.ts';
import { Deadline } from './deadline.ts';
import type { Dispatch } from './dispatch.ts';
import { type InboundFrame, Inbox } from './inbox.ts';
import { OpenRequest } from './open-request.ts';
import { Outbox } from './outbox.ts';

const readable = 1;
const writable = 2;

export interface ConnectionOptions {
  readonly addon: Addon;
  readonly clock: Clock;
  readonly log: Log;
  readonly dispatch: Dispatch;
  readonly greeting: Omit<ServerHello, 'protocol'>;
  /** The connection owns its descriptors from here on, unless its constructor throws. */
  readonly peer: Peer;
  readonly onClosed: () => void;
}

/**
 * INVARIANT: `hello` → `open` → `ending` → `closed`, never back. In `ending` nothing is read any more and the connection closes with
 * its last answer; in `closed` every descriptor is closed and every request has been told.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #watch: Watch;
  readonly #life: Watch | undefined;
  readonly #deadline: Deadline;
  readonly #requests = new Map<number, OpenRequest>();
  #state: 'hello' | 'open' | 'ending' | 'closed' = 'hello';
  #frames = 0;

  constructor(options: ConnectionOptions) {
    const { addon, peer } = options;
    this.#options = options;
    this.#inbox = new Inbox(addon, peer.fd);
    this.#outbox = new Outbox(addon, peer.fd);
    this.#deadline = new Deadline(options.clock, () => this.close());
    this.#watch = addon.watch(peer.fd, readable, (events) => this.#turn(events));
    // A connection outlives the process that made it if a child holds it: its identity does not pass to the child.
    try {
      this.#life = peer.pidfd < 0 ? undefined : addon.watch(peer.pidfd, readable, () => this.close());
    } catch (error) {
      this.#watch.close();
      throw error;
    }
    this.#expect();
  }

  /** Whether a request of it is open. One without may lose its place to a newer client. */
  get isBusy(): boolean {
    return this.#requests.size > 0;
  }

  /** Ends the connection now: requests are told, answers that wait are dropped. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const { addon, peer, onClosed } = this.#options;
    this.#deadline.cancel();
    // Before the descriptors are closed: their numbers are reused at once.
    this.#watch.close();
    this.#life?.close();
    this.#inbox.discard();
    this.#outbox.discard();
    for (const request of this.#requests.values()) request.close();
    for (const request of this.#requests.values()) request.releaseDescriptors();
    this.#requests.clear();
    addon.close(peer.fd);
    if (peer.pidfd >= 0) addon.close(peer.pidfd);
    onClosed();
  }

  #turn(events: number): void {
    try {
      if (events & writable) this.#outbox.flush();
      if (events & readable && this.#isReading()) this.#receive();
      this.#settle();
    } catch {
      // The kernel's error (reset, broken pipe, too many descriptors in flight) has one meaning: this client is gone.
      this.close();
    }
  }

  #receive(): void {
    try {
      const isFirst = () => this.#state === 'hello';
      const bound = () => (isFirst() ? limits.maxHelloBytes : limits.maxPayloadBytes);
      if (!this.#inbox.receive(bound, (frame) => this.#accept(frame))) this.close();
    } catch (error) {
      if (!isAgentKeysError(error)) throw error;
      this.#end(error, undefined);
    }
  }

  /** The frame's descriptors end in its request or are closed here. */
  #accept(frame: InboundFrame): void {
    this.#frames++;
    const isTaken = this.#isReading() && this.#interpret(frame);
    if (!isTaken) for (const descriptor of frame.descriptors) this.#options.addon.close(descriptor);
  }

  /** Whether the descriptors have found their owner. Failures are answered, never thrown. */
  #interpret(frame: InboundFrame): boolean {
    let id: number | undefined;
    let verb: string | undefined;
    try {
      const message = parsePayload(frame.payload);
      if (this.#state === 'hello') {
        this.#greet(parseClientHello(message), frame.descriptors.length);
        return false;
      }
      const request = parseRequest(message);
      ({ id, verb } = request);
      const facts = {
        payloadBytes: frame.payload.length,
        descriptorCount: frame.descriptors.length,
        peer: this.#options.peer,
      };
      const admitted = this.#options.dispatch.admit(request, facts);
      if (admitted.kind === 'open') return this.#open(id, admitted, frame.descriptors);
      const open = this.#requests.get(id);
      if (open === undefined) throw invalid(`${admitted.name} continues nothing`);
      open.continueWith(admitted.name, admitted.opener);
      return false;
    } catch (cause) {
      const error = toAgentKeysError(cause, 'reading a request');
      if (error.code === 'PROTOCOL_INVALID' || id === undefined) this.#end(error, id, verb);
      else this.#send({ id, error: formatWireError(error, verb) });
      return false;
    }
  }

  #greet(hello: { readonly client: string }, descriptorCount: number): void {
    if (descriptorCount > 0) throw invalid('a hello carries no descriptors');
    const { greeting, log, peer } = this.#options;
    log.debug('connection.open', { client: hello.client, uid: peer.uid, pid: peer.pid });
    this.#state = 'open';
    this.#send({ hello: { protocol: protocolVersion, version: greeting.version, mode: greeting.mode } });
  }

  #open(
    id: number,
    { name, body }: Pick<OpenRequest, 'name' | 'body'>,
    descriptors: readonly number[],
  ): boolean {
    if (this.#requests.has(id)) throw invalid('the id of an open request is used again');
    if (this.#requests.size >= limits.maxOpenRequests)
      throw invalid(`more than ${limits.maxOpenRequests} requests are open`);
    const { addon, dispatch, peer } = this.#options;
    const request = new OpenRequest({
      name,
      body,
      descriptors,
      peer: { uid: peer.uid, gid: peer.gid, pid: peer.pid, pidfd: peer.pidfd },
      send: (ok, passed) => this.#send({ id, ok }, passed),
      closeDescriptor: (descriptor) => addon.close(descriptor),
    });
    this.#requests.set(id, request);
    void this.#follow(id, request, dispatch.run(name, request));
    return true;
  }

  /** Waits for the handler; what it still owes is answered with its error. */
  async #follow(id: number, request: OpenRequest, running: Promise<void>): Promise<void> {
    let error: AgentKeysError | undefined;
    try {
      await running;
    } catch (cause) {
      error = toAgentKeysError(cause, `handling ${request.name}`);
      this.#options.log.failure('request.failed', error, { verb: request.name });
    }
    request.releaseDescriptors();
    // An answer is out already: the error is the answer to the frame that continues it.
    if (error !== undefined && request.owed === undefined) await request.continued();
    const { owed } = request;
    if (owed !== undefined && !request.isClosed) {
      error ??= new AgentKeysError('INTERNAL', { where: `handling ${owed}` });
      void this.#send({ id, error: formatWireError(error, owed) });
    }
    this.#requests.delete(id);
    if (this.#state !== 'closed') this.#expect();
  }

  /** Says why, reads nothing more, closes when it is said. */
  #end(error: AgentKeysError, id: number | undefined, verb?: string): void {
    if (!this.#isReading()) return;
    const wireError = formatWireError(error, verb);
    void this.#send(id === undefined ? { error: wireError } : { id, error: wireError });
    if (this.#isReading()) this.#state = 'ending';
    this.#settle();
  }

  #send(message: object, descriptors: readonly number[] = []): Promise<void> {
    const { addon } = this.#options;
    if (this.#state === 'closed' || this.#state === 'ending') {
      for (const descriptor of descriptors) addon.close(descriptor);
      return Promise.resolve();
    }
    const sent = this.#outbox.push(this.#encode(message, descriptors), descriptors);
    try {
      this.#outbox.flush();
      if (this.#outbox.queuedBytes > limits.maxQueuedAnswerBytes) this.close();
      else this.#settle();
    } catch {
      // As in #turn: the client is gone.
      this.close();
    }
    return sent;
  }

  #encode(message: object, descriptors: readonly number[]): Buffer {
    try {
      return encodeFrame(message, descriptors.length);
    } catch (error) {
      for (const descriptor of descriptors) this.#options.addon.close(descriptor);
      throw error;
    }
  }

  /** After every step: what to wait for, and until when. */
  #settle(): void {
    if (this.#state === 'closed') return;
    const isDrained = this.#outbox.queuedBytes === 0;
    if (this.#state === 'ending' && isDrained) {
      this.close();
      return;
    }
    // A client that does not read its answers is not read either.
    const mayRead = this.#isReading() && this.#outbox.queuedBytes < limits.maxQueuedAnswerBytes / 2;
    this.#watch.set((mayRead ? readable : 0) | (isDrained ? 0 : writable));
    this.#expect();
  }

  /** What the client owes, and until when. */
  #expect(): void {
    const reason = this.#reasonToWait();
    this.#deadline.waitFor(reason, reason === 'idle' ? limits.idleDeadlineMs : limits.frameDeadlineMs);
  }

  #reasonToWait(): string {
    if (this.#outbox.queuedBytes > 0) return 'answer';
    if (this.#state === 'hello') return 'hello';
    if (this.#inbox.unfinishedBytes > 0) return `frame ${this.#frames}`;
    return this.#requests.size === 0 ? 'idle' : '';
  }

  #isReading(): boolean {
    return this.#state === 'hello' || this.#state === 'open';
  }
}

function invalid(rule: string): AgentKeysError {
  return new AgentKeysError('PROTOCOL_INVALID', { rule });
}
