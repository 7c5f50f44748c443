/** From a request's verb to its handler, through the request table: what is not in it is refused. */
import { AgentKeysError } from '../core/errors.ts';
import type { RequestMessage } from '../protocol/messages.ts';
import type { RequestDefinition } from '../protocol/request.ts';
import {
  type ContinuationName,
  findRequest,
  type OpeningName,
  parseRequestBody,
  type RequestBody,
  type RequestName,
} from '../protocol/table.ts';
import type { Exchange, Handler, Handlers, Peer } from './exchange.ts';

/** A frame that has passed the table. */
export type Admitted =
  | { readonly kind: 'open'; readonly name: OpeningName; readonly body: RequestBody<OpeningName> }
  | { readonly kind: 'continue'; readonly name: ContinuationName; readonly opener: string };

export interface Dispatch {
  /**
   * Checks a request against its row. Errors: `PROTOCOL_INVALID` (the connection must close), `REQUEST_REFUSED`, `NAME_INVALID`.
   * Descriptors stay the caller's.
   */
  admit(
    request: RequestMessage,
    facts: { readonly payloadBytes: number; readonly descriptorCount: number; readonly peer: Peer },
  ): Admitted;
  /** Runs the handler. */
  run(name: OpeningName, exchange: Exchange): Promise<void>;
}

export interface DispatchOptions {
  readonly handlers: Handlers;
  /** Whether this peer may ask this row at all; false refuses the request without saying why. */
  readonly mayAsk: (definition: RequestDefinition, peer: Peer) => boolean;
}

export function createDispatch({ handlers, mayAsk }: DispatchOptions): Dispatch {
  return {
    admit(request, { payloadBytes, descriptorCount, peer }) {
      const found = findRequest(request.verb);
      if (found === undefined) throw invalid('a verb is unknown');
      const { name, definition } = found;
      if (payloadBytes > definition.maxBytes)
        throw invalid(`${name} takes at most ${definition.maxBytes} bytes`);
      const { least, most } = definition.descriptors ?? { least: 0, most: 0 };
      if (descriptorCount < least || descriptorCount > most)
        throw invalid(`${name} came with a wrong number of descriptors`);
      if (!mayAsk(definition, peer)) throw new AgentKeysError('REQUEST_REFUSED');
      const body = parseRequestBody(name, request.body);
      return isOpening(name, definition)
        ? { kind: 'open', name, body: body as RequestBody<OpeningName> }
        : { kind: 'continue', name: name as ContinuationName, opener: definition.continues ?? '' };
    },
    run: (name, exchange) => runHandler(handlers, name, exchange),
  };
}

function isOpening(name: RequestName, definition: RequestDefinition): name is OpeningName {
  return definition.continues === undefined && name === definition.name;
}

/** `admit` parsed the body by the schema of this very name, so exchange and handler belong together. */
async function runHandler<Name extends OpeningName>(
  handlers: Handlers,
  name: Name,
  exchange: Exchange,
): Promise<void> {
  const handler: Handler<Name> = handlers[name];
  await handler(exchange as Exchange<Name>);
}

function invalid(rule: string): AgentKeysError {
  return new AgentKeysError('PROTOCOL_INVALID', { rule });
}
