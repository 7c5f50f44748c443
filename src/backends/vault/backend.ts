/** References into the embedded vault: `vault:openai`. */
import { parseServiceName } from '../../core/ids.ts';
import type { Vault } from '../../vault/contract.ts';
import type { Backend, BackendDefinition } from '../backend.ts';

const name = 'vault';

/** Errors of its methods: those of the vault, and `NAME_INVALID` for a path of another form. */
export function createVaultBackend(vault: Pick<Vault, 'find' | 'reveal'>): Backend {
  return {
    name,
    async measure(path) {
      return vault.find(parseServiceName(path))?.byteLength;
    },
    // INVARIANT: the vault fills `into` before the first await, so that bytes lent for one call are enough.
    async revealInto(path, into) {
      vault.reveal(parseServiceName(path), into);
    },
  };
}

export const vaultBackend: BackendDefinition = {
  name,
  create: ({ vault }) => createVaultBackend(vault),
};
