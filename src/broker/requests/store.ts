/** Answers `store`: a value comes through a pipe of ours into a secret region, and into the vault once the client says that it is whole. */
import type { AuditLog } from '../../audit/event.ts';
import type { Clock } from '../../core/clock.ts';
import { AgentKeysError } from '../../core/errors.ts';
import type { Addon } from '../../native/addon.ts';
import type { Region, Regions } from '../../native/regions.ts';
import { limits } from '../../protocol/limits.ts';
import type { Vault } from '../../vault/contract.ts';
import type { Exchange, Handler } from '../exchange.ts';
import { createFillPipe, type Filled, type FillPipe } from '../value-pipes.ts';

export interface StoreDeps {
  readonly addon: Addon;
  readonly regions: Regions;
  readonly vault: Pick<Vault, 'find' | 'store'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
}

/**
 * INVARIANT: `receiving` → (`store-commit` → `stored` or refused) | (`store-abort`, connection closed → forgotten). Only a commit stores,
 * and only after the pipe's end of file: a writer that died leaves an end of file too. The region is wiped and dropped on every way out,
 * and at once when the value is too long, late or given up.
 */
export function createStoreHandler(deps: StoreDeps): Handler<'store'> {
  let openStores = 0;
  return async (exchange) => {
    const { service, replace } = exchange.body;
    // Asked again by the vault at the store itself; here so that nobody types a value in vain.
    if (!replace && deps.vault.find(service) !== undefined)
      throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
    if (openStores >= limits.maxOpenStores) throw new AgentKeysError('SECRET_MEMORY');
    const region = deps.regions.create(limits.maxValueBytes + 1);
    openStores++;
    try {
      await receive(deps, exchange, region);
    } finally {
      openStores--;
      discard(region);
    }
  };
}

async function receive(deps: StoreDeps, exchange: Exchange<'store'>, region: Region): Promise<void> {
  const pipe = createFillPipe({ addon: deps.addon, region, maxBytes: limits.maxValueBytes });
  const cancelDeadline = deps.clock.after(limits.valueDeadlineMs, pipe.cancel);
  exchange.onClose(pipe.cancel);
  const filled = pipe.done.then((outcome) => {
    cancelDeadline();
    if (outcome.kind !== 'complete') discard(region);
    return outcome;
  });
  try {
    await exchange.answer('store', { pipe: true }, [pipe.writeEnd]);
    await conclude(deps, exchange, region, { pipe, filled });
  } finally {
    pipe.cancel();
  }
}

async function conclude(
  deps: StoreDeps,
  exchange: Exchange<'store'>,
  region: Region,
  { pipe, filled }: { readonly pipe: FillPipe; readonly filled: Promise<Filled> },
): Promise<void> {
  const { service, replace } = exchange.body;
  const { uid, pid } = exchange.peer;
  const next = await exchange.continued();
  if (next === 'store-commit') {
    const byteLength = requireWhole(service, await filled);
    const { version } = await seal(deps.vault, region, { service, byteLength, replace });
    discard(region);
    await deps.audit.append({ event: 'store', service, uid, pid });
    await exchange.answer('store-commit', { version });
  } else if (next === 'store-abort') {
    pipe.cancel();
    await exchange.answer('store-abort', { stored: false });
  }
}

/** The vault encrypts before its call returns, so the bytes are lent only for that long. */
async function seal(
  vault: StoreDeps['vault'],
  region: Region,
  value: {
    readonly service: Parameters<Vault['store']>[0];
    readonly byteLength: number;
    readonly replace: boolean;
  },
): Promise<{ readonly version: number }> {
  const started: { storing?: Promise<{ readonly version: number }> } = {};
  region.use((bytes) => {
    started.storing = vault.store(value.service, bytes.subarray(0, value.byteLength), {
      replace: value.replace,
    });
  });
  if (started.storing === undefined) throw new AgentKeysError('INTERNAL', { where: 'sealing a value' });
  return await started.storing;
}

function requireWhole(service: string, filled: Filled): number {
  switch (filled.kind) {
    case 'complete':
      if (filled.byteLength === 0)
        throw new AgentKeysError('CREDENTIAL_INVALID', { service, rule: 'it is empty' });
      return filled.byteLength;
    case 'tooLong':
      throw new AgentKeysError('CREDENTIAL_INVALID', {
        service,
        rule: `it is longer than ${limits.maxValueBytes} bytes`,
      });
    case 'cancelled':
      throw new AgentKeysError('CREDENTIAL_INVALID', { service, rule: 'it did not arrive in time' });
    case 'failed':
      throw new AgentKeysError('INTERNAL', { where: 'reading a value' });
  }
}

/** Both calls do nothing the second time. */
function discard(region: Region): void {
  region.wipe();
  region.drop();
}
