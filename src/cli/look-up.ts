/** Which credentials of the vault exist, asked in as many requests as it takes. */
import type { BrokerConnection } from '../client/broker-connection.ts';

/** Of one request; the protocol allows no more. */
const maxReferences = 64;

/** Those of `services` that are stored, in their order. */
export async function findStored(
  broker: BrokerConnection,
  services: readonly string[],
): Promise<readonly string[]> {
  const stored: string[] = [];
  for (let start = 0; start < services.length; start += maxReferences) {
    const part = services.slice(start, start + maxReferences);
    const { ok } = await broker.request('look-up', { references: part.map((service) => `vault:${service}`) });
    stored.push(...part.filter((_, index) => ok.rows[index]?.state === 'stored'));
  }
  return stored;
}
