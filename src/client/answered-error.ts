/** An error that the broker answered, with the broker's own words. */
import { errorCatalogue } from '../core/error-catalogue.ts';
import { AgentKeysError, type ErrorCode } from '../core/errors.ts';
import type { WireError } from '../protocol/messages.ts';

export class AnsweredError extends AgentKeysError {
  readonly #hint: string;

  constructor(code: ErrorCode, answered: Pick<WireError, 'message' | 'hint'>) {
    super(code);
    this.message = answered.message;
    this.#hint = answered.hint;
  }

  override get hint(): string {
    return this.#hint;
  }
}

/** A code that this client does not know becomes `PROTOCOL_INVALID`: the daemon is newer. */
export function parseAnsweredError(error: WireError): AgentKeysError {
  if (!Object.hasOwn(errorCatalogue, error.code)) {
    return new AgentKeysError('PROTOCOL_INVALID', {
      rule: 'the daemon answered an error that this client does not know',
    });
  }
  return new AnsweredError(error.code as ErrorCode, error);
}
