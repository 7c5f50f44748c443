/** Our errors as they travel to a client: code, words of the catalogue, exit code. Causes stay behind. */
import { errorCatalogue } from '../core/error-catalogue.ts';
import type { AgentKeysError } from '../core/errors.ts';
import { type ExitName, exitCodes } from '../core/exit-codes.ts';
import type { WireError } from './messages.ts';

/** `run` keeps 1 to 123 for its agent: whatever is not one of these is 125. */
const launchExits: ReadonlySet<ExitName> = new Set(['pending', 'timedOut', 'notExecutable', 'notFound']);

/** `verb` decides what the exit code may be; undefined: the error concerns the connection. */
export function formatWireError(error: AgentKeysError, verb: string | undefined): WireError {
  const named = errorCatalogue[error.code].exit;
  const exit = verb === 'launch' && !launchExits.has(named) ? 'launchFailed' : named;
  return { code: error.code, message: error.message, hint: error.hint, exit: exitCodes[exit].code };
}
