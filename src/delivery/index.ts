/** The registry of delivery modes: one line each. A mode that is not here is an error, never replaced by another. */
import type { DeliveryMode } from './delivery.ts';
import { envMode } from './env/mode.ts';

export const deliveryModes: readonly DeliveryMode[] = [envMode];

export function findDeliveryMode(name: string): DeliveryMode | undefined {
  return deliveryModes.find((mode) => mode.name === name);
}
