/** A conversation with the broker: hello, then one request after another. */
import { AgentKeysError } from '../core/errors.ts';
import type { Addon } from '../native/addon.ts';
import { protocolVersion } from '../protocol/limits.ts';
import { parseAnswer, type ServerHello } from '../protocol/messages.ts';
import type {
  ContinuationName,
  OpeningName,
  RequestInput,
  RequestName,
  RequestResult,
} from '../protocol/table.ts';
import { parseAnsweredError } from './answered-error.ts';
import type { FrameChannel } from './frame-channel.ts';

export interface Answer<Name extends RequestName> {
  /** Under which a continuation is sent. */
  readonly id: number;
  readonly ok: RequestResult<Name>;
  /** The caller closes them. */
  readonly descriptors: readonly number[];
}

export class BrokerConnection {
  readonly #addon: Addon;
  readonly #channel: FrameChannel;
  /** What the broker said of itself. */
  readonly hello: ServerHello;
  #lastId = 0;

  private constructor(channel: FrameChannel, addon: Addon, hello: ServerHello) {
    this.#channel = channel;
    this.#addon = addon;
    this.hello = hello;
  }

  /** Errors: `PROTOCOL_INVALID`, `DAEMON_GONE`, and what the broker answers. On errors the channel stays the caller's. */
  static async greet(
    channel: FrameChannel,
    { addon, version }: { readonly addon: Addon; readonly version: string },
  ): Promise<BrokerConnection> {
    await channel.send({ hello: { protocol: protocolVersion, client: `agentkeys/${version}` } });
    const received = await channel.receive();
    if (received === undefined) throw new AgentKeysError('DAEMON_GONE');
    const answer = parseAnswer(received.message);
    if (answer.kind === 'error') throw parseAnsweredError(answer.error);
    if (answer.kind !== 'hello') throw unexpected();
    return new BrokerConnection(channel, addon, answer.hello);
  }

  /** Errors: what the broker answers, `DAEMON_GONE`, `PROTOCOL_INVALID`. */
  request<Name extends OpeningName>(
    name: Name,
    body: RequestInput<Name>,
    descriptors: readonly number[] = [],
  ): Promise<Answer<Name>> {
    this.#lastId++;
    return this.#ask(this.#lastId, name, body, descriptors);
  }

  /** The next frame of an open request. Errors: as `request`. */
  proceed<Name extends ContinuationName>(
    id: number,
    name: Name,
    body: RequestInput<Name>,
  ): Promise<Answer<Name>> {
    return this.#ask(id, name, body, []);
  }

  /** Resolves when the broker has closed its end; whatever else comes is not looked at. */
  async untilClosed(): Promise<void> {
    try {
      while ((await this.#channel.receive()) !== undefined);
    } catch {
      // A reset is an end as well.
    }
  }

  close(): void {
    this.#channel.close();
  }

  async #ask<Name extends RequestName>(
    id: number,
    name: Name,
    body: unknown,
    passed: readonly number[],
  ): Promise<Answer<Name>> {
    await this.#channel.send({ id, verb: name, body }, passed);
    const received = await this.#channel.receive();
    if (received === undefined) throw new AgentKeysError('DAEMON_GONE');
    const { message, descriptors } = received;
    try {
      const answer = parseAnswer(message);
      if (answer.kind === 'error') throw parseAnsweredError(answer.error);
      if (answer.kind !== 'ok' || answer.id !== id) throw unexpected();
      return { id, ok: parseResult(name, answer.ok), descriptors };
    } catch (error) {
      for (const descriptor of descriptors) this.#addon.close(descriptor);
      throw error;
    }
  }
}

/**
 * WHY NOT check it with the table's schema: that library takes longer to load than everything else here. The server's uid was checked,
 * its hello named our version, and both ends are compiled against one table.
 */
function parseResult<Name extends RequestName>(_name: Name, ok: unknown): RequestResult<Name> {
  return ok as RequestResult<Name>;
}

function unexpected(): AgentKeysError {
  return new AgentKeysError('PROTOCOL_INVALID', {
    rule: 'the daemon answered something else than was asked',
  });
}
