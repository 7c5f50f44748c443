/** What the store and read handlers work with: real regions and pipes, a vault and an audit log of the test. */

import type { AuditEvent } from '../../src/audit/event.ts';
import type { ReadDeps } from '../../src/broker/requests/read.ts';
import { AgentKeysError } from '../../src/core/errors.ts';
import { type Addon, loadAddon } from '../../src/native/addon.ts';
import { createRegions } from '../../src/native/regions.ts';
import type { CredentialFacts, Vault } from '../../src/vault/contract.ts';
import { createManualClock, type ManualClock } from '../audit/manual-clock.ts';

export interface ValueParts extends ReadDeps {
  readonly vault: Pick<Vault, 'find' | 'remove' | 'reveal' | 'store'>;
  readonly clock: ManualClock;
  readonly values: Map<string, Buffer>;
  readonly events: AuditEvent[];
  /** Whether each region that was dropped held only zeros then. */
  readonly drops: boolean[];
  /** Regions that are not dropped yet. */
  openRegions(): number;
  /** What append waits for; a rejection refuses. */
  audited: (event: AuditEvent) => Promise<void>;
}

/** On the forced fallback, where a missing wipe can be seen. */
export function createValueParts(override: Partial<Addon> = {}): ValueParts {
  const real: Addon = { ...loadAddon(), ...override };
  const drops: boolean[] = [];
  let created = 0;
  const addon: Addon = {
    ...real,
    regionCreate(byteLength, fallback) {
      created++;
      return real.regionCreate(byteLength, fallback);
    },
    regionDrop(region) {
      if (real.regionInfo(region).isOpen)
        real.regionUse(region, (bytes) => drops.push(Buffer.from(bytes).every((byte) => byte === 0)));
      real.regionDrop(region);
    },
  };
  const values = new Map<string, Buffer>();
  const events: AuditEvent[] = [];
  const parts: ValueParts = {
    addon,
    regions: createRegions({ addon, forceFallback: true }),
    clock: createManualClock(),
    values,
    events,
    drops,
    openRegions: () => created - drops.length,
    audited: async () => {},
    audit: {
      async append(event) {
        await parts.audited(event);
        events.push(event);
      },
      note: (event) => parts.audit.append(event),
    },
    mayRead: () => ({ kind: 'allow' }),
    vault: createVaultOf(values),
  };
  return parts;
}

function createVaultOf(values: Map<string, Buffer>): ValueParts['vault'] {
  const versions = new Map<string, number>();
  const facts = (service: string): CredentialFacts | undefined => {
    const byteLength = values.get(service)?.length;
    return byteLength === undefined
      ? undefined
      : { byteLength, version: versions.get(service) ?? 1, updatedMs: 0 };
  };
  return {
    find: facts,
    reveal(service, into) {
      into.set(values.get(service) ?? []);
    },
    async remove(service, recorded) {
      if (!values.has(service)) throw new AgentKeysError('CREDENTIAL_MISSING', { service });
      await recorded();
      values.delete(service);
    },
    async store(service, plain, { replace }) {
      const old = facts(service);
      if (old !== undefined && !replace) throw new AgentKeysError('CREDENTIAL_EXISTS', { service });
      const version = (old?.version ?? 0) + 1;
      values.set(service, Buffer.from(plain));
      versions.set(service, version);
      return { version };
    },
  };
}
