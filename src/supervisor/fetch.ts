/** Fetches the granted credentials straight into one fresh region, laid out for its delivery mode. */
import { AgentKeysError } from '../core/errors.ts';
import type { DeliveryLayout } from '../delivery/delivery.ts';
import type { Region, Regions } from '../native/regions.ts';
import type { WantedGrant } from './grants.ts';

/** Lengths and names only. Errors: `LAUNCH_ENVIRONMENT`. */
export function planDelivery(grants: readonly WantedGrant[], byteLengths: readonly number[]): DeliveryLayout {
  const [first] = grants;
  if (first === undefined) return { byteLength: 0, items: [] };
  if (grants.some(({ mode }) => mode !== first.mode))
    throw new AgentKeysError('LAUNCH_ENVIRONMENT', { rule: 'one launch uses one delivery mode' });
  return first.mode.plan(
    grants.map(({ variable }, index) => ({ variable, byteLength: byteLengths[index] ?? 0 })),
  );
}

/**
 * undefined without credentials. The caller owns the region; on an error it is wiped and dropped here.
 * Errors: `SECRET_MEMORY`, `CREDENTIAL_INVALID`, and those of the backends.
 */
export async function fetchIntoRegion(
  regions: Regions,
  grants: readonly WantedGrant[],
  layout: DeliveryLayout,
): Promise<Region | undefined> {
  const [first] = grants;
  if (first === undefined) return undefined;
  const region = regions.create(layout.byteLength);
  try {
    const fetches = region.use((bytes) =>
      grants.map(({ backend, service }, index) => {
        const item = layout.items[index];
        if (backend === undefined || item === undefined)
          throw new AgentKeysError('INTERNAL', { where: 'the layout of a launch' });
        // INVARIANT: a backend fills its part before its first await; the view is detached when this callback returns.
        return backend.revealInto(service, bytes.subarray(item.offset, item.offset + item.byteLength));
      }),
    );
    await Promise.all(fetches);
    region.use((bytes) => {
      first.mode.writeNames(bytes, layout);
      first.mode.checkValues(bytes, layout);
    });
    return region;
  } catch (error) {
    region.wipe();
    region.drop();
    throw error;
  }
}
