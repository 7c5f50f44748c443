/** Answers `remove`: written down first, and gone only if that is durable. */
import type { AuditLog } from '../../audit/event.ts';
import { toAgentKeysError } from '../../core/errors.ts';
import type { Vault } from '../../vault/contract.ts';
import type { Handler } from '../exchange.ts';

export interface RemoveDeps {
  readonly vault: Pick<Vault, 'remove'>;
  readonly audit: Pick<AuditLog, 'append' | 'note'>;
}

export function createRemoveHandler({ vault, audit }: RemoveDeps): Handler<'remove'> {
  return async (exchange) => {
    const { service } = exchange.body;
    const { uid, pid } = exchange.peer;
    let isRecorded = false;
    try {
      await vault.remove(service, async () => {
        await audit.append({ event: 'remove', service, uid, pid });
        isRecorded = true;
      });
    } catch (error) {
      const { code } = toAgentKeysError(error, 'removing a credential');
      // The record of a removal that then failed is set right by the next one.
      if (isRecorded) await audit.note({ event: 'refuse', service, uid, pid, code }).catch(() => {});
      throw error;
    }
    await exchange.answer('remove', { removed: true });
  };
}
