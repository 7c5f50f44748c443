/** Answers `read`: decide, decrypt, write the grant down, and only then let bytes into the pipe. */
import type { AuditEvent, AuditLog } from '../../audit/event.ts';
import type { Clock } from '../../core/clock.ts';
import { AgentKeysError } from '../../core/errors.ts';
import type { ServiceName } from '../../core/ids.ts';
import type { Addon } from '../../native/addon.ts';
import type { Region, Regions } from '../../native/regions.ts';
import { limits } from '../../protocol/limits.ts';
import type { Vault } from '../../vault/contract.ts';
import type { Exchange, Handler, Peer } from '../exchange.ts';
import { createDrainPipe } from '../value-pipes.ts';

/** What policy says; anything but `allow` releases nothing. */
export type ReadDecision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly rule: string }
  | { readonly kind: 'ask' };

export interface ReadDeps {
  readonly addon: Addon;
  readonly regions: Regions;
  readonly vault: Pick<Vault, 'find' | 'reveal'>;
  readonly audit: Pick<AuditLog, 'append' | 'note'>;
  readonly clock: Clock;
  readonly mayRead: (service: ServiceName, peer: Peer) => ReadDecision;
}

export function createReadHandler(deps: ReadDeps): Handler<'read'> {
  return async (exchange) => {
    const { service } = exchange.body;
    await requireAllowed(deps, service, exchange.peer);
    const found = deps.vault.find(service);
    if (found === undefined) throw new AgentKeysError('CREDENTIAL_MISSING', { service });
    const { byteLength } = found;
    const region = deps.regions.create(byteLength);
    try {
      region.use((bytes) => deps.vault.reveal(service, bytes.subarray(0, byteLength)));
      await deps.audit.append(describe('grant', exchange));
      await deliver(deps, exchange, { region, byteLength });
    } finally {
      discard(region);
    }
  };
}

async function requireAllowed({ audit, mayRead }: ReadDeps, service: ServiceName, peer: Peer): Promise<void> {
  const { uid, pid } = peer;
  const decision = mayRead(service, peer);
  if (decision.kind === 'allow') return;
  const rule = decision.kind === 'deny' ? decision.rule : 'a person must release it, and read does not wait';
  await audit.append({ event: 'deny', service, uid, pid, reason: rule });
  throw new AgentKeysError('POLICY_REFUSED', { rule });
}

async function deliver(
  deps: ReadDeps,
  exchange: Exchange<'read'>,
  { region, byteLength }: { readonly region: Region; readonly byteLength: number },
): Promise<void> {
  const pipe = createDrainPipe({ addon: deps.addon, region, byteLength });
  const cancelDeadline = deps.clock.after(limits.valueDeadlineMs, pipe.cancel);
  exchange.onClose(pipe.cancel);
  try {
    await exchange.answer('read', { byteLength }, [pipe.readEnd]);
    const isDelivered = (await pipe.done).kind === 'complete';
    discard(region);
    if (isDelivered) await deps.audit.note(describe('deliver', exchange));
    await deps.audit.note({ ...describe('drop', exchange), reason: isDelivered ? 'delivered' : 'exit' });
    if ((await exchange.continued()) !== 'read-finish') return;
    if (!isDelivered) throw new AgentKeysError('OUTPUT_INCOMPLETE');
    await exchange.answer('read-finish', { delivered: true });
  } finally {
    cancelDeadline();
    pipe.cancel();
  }
}

function describe(event: AuditEvent['event'], { body, peer }: Exchange<'read'>): AuditEvent {
  return { event, service: body.service, backend: 'vault', delivery: 'pipe', uid: peer.uid, pid: peer.pid };
}

/** Both calls do nothing the second time. */
function discard(region: Region): void {
  region.wipe();
  region.drop();
}
