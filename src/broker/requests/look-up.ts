/** Answers `look-up`: whether each reference leads anywhere, without touching a value. */
import type { Backend } from '../../backends/backend.ts';
import { findBackend } from '../../backends/index.ts';
import { isAgentKeysError } from '../../core/errors.ts';
import { findReference, referenceForms } from '../../core/reference.ts';
import type { ReferenceState } from '../../protocol/requests/look-up.ts';
import type { Handler } from '../exchange.ts';

export function createLookUpHandler({
  backends,
}: {
  readonly backends: readonly Backend[];
}): Handler<'look-up'> {
  return async (exchange) => {
    const rows = exchange.body.references.map(async (reference) => ({
      reference,
      state: await findState(backends, reference),
    }));
    await exchange.answer('look-up', { rows: await Promise.all(rows) });
  };
}

async function findState(backends: readonly Backend[], text: string): Promise<ReferenceState> {
  const reference = findReference(text);
  if (reference === undefined) return hasUnknownBackend(text) ? 'unknown' : 'invalid';
  const backend = findBackend(backends, reference.backend);
  if (backend === undefined) return 'unknown';
  try {
    return (await backend.measure(reference.path)) === undefined ? 'missing' : 'stored';
  } catch (error) {
    if (!isAgentKeysError(error)) throw error;
    if (error.code === 'VAULT_ABSENT') return 'missing';
    // Something is there; what is wrong with it is told by whoever wants it.
    if (error.code === 'VAULT_CORRUPT' || error.code === 'STATE_UNSAFE') return 'stored';
    throw error;
  }
}

function hasUnknownBackend(text: string): boolean {
  const [, name] = /^([a-z][a-z0-9-]{0,31}):./.exec(text) ?? [];
  return name !== undefined && !referenceForms.has(name);
}
