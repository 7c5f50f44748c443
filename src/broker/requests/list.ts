/** Answers `list`: what the vault holds, as many rows as one frame holds. */
import type { CredentialRow } from '../../protocol/requests/list.ts';
import type { ListedCredential, Vault } from '../../vault/contract.ts';
import type { Handler } from '../exchange.ts';

/** Each row costs a decryption the first time: a page is short enough that a launch beside it hardly waits. */
const maxPageRows = 200;

export function createListHandler({ vault }: { readonly vault: Pick<Vault, 'list'> }): Handler<'list'> {
  return async (exchange) => {
    const credentials: CredentialRow[] = [];
    let hasMore = false;
    for (const listed of vault.list(exchange.body.after)) {
      hasMore = credentials.length === maxPageRows;
      if (hasMore) break;
      credentials.push(describe(listed));
    }
    const next = hasMore ? credentials.at(-1)?.service : undefined;
    await exchange.answer('list', next === undefined ? { credentials } : { credentials, next });
  };
}

function describe({ service, facts, refusal, lastUsedMs }: ListedCredential): CredentialRow {
  return {
    service,
    version: facts?.version ?? null,
    updated: formatTime(facts?.updatedMs),
    last_used: formatTime(lastUsedMs),
    ...(refusal === undefined ? {} : { code: refusal.code }),
  };
}

/** A time that was authenticated may still be none that a calendar has: the vault takes 2^53 - 1. */
function formatTime(timeMs: number | undefined): string | null {
  const date = new Date(timeMs ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
