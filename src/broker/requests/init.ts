/** Answers `init`: the vault and its identity exist afterwards, whether they did before or not. */
import type { AuditLog } from '../../audit/event.ts';
import type { Vault } from '../../vault/contract.ts';
import type { Handler } from '../exchange.ts';

export function createInitHandler(deps: {
  readonly vault: Pick<Vault, 'initialise'>;
  readonly audit: Pick<AuditLog, 'append'>;
}): Handler<'init'> {
  const { vault, audit } = deps;
  return async (exchange) => {
    const { uid, pid } = exchange.peer;
    const { identity, created } = await vault.initialise();
    if (created) await audit.append({ event: 'init', uid, pid });
    await exchange.answer('init', { identity, created });
  };
}
