/** Which references lead to something, asked in as many requests as it takes. */
import type { Answer, BrokerConnection } from '../client/broker-connection.ts';

/** `unknown`: there is no such backend. */
export type ReferenceState = Answer<'look-up'>['ok']['rows'][number]['state'];

/** Of one request; the protocol allows no more. */
const maxReferences = 64;

/** Each reference's state. Errors: as the request. */
export async function lookUp(
  broker: BrokerConnection,
  references: readonly string[],
): Promise<ReadonlyMap<string, ReferenceState>> {
  const states = new Map<string, ReferenceState>();
  for (let start = 0; start < references.length; start += maxReferences) {
    const part = references.slice(start, start + maxReferences);
    const { ok } = await broker.request('look-up', { references: part });
    for (const { reference, state } of ok.rows) states.set(reference, state);
  }
  return states;
}

/** Those of `services` that are stored, in their order. */
export async function findStored(
  broker: BrokerConnection,
  services: readonly string[],
): Promise<readonly string[]> {
  const referenceOf = (service: string) => `vault:${service}`;
  const states = await lookUp(broker, services.map(referenceOf));
  return services.filter((service) => states.get(referenceOf(service)) === 'stored');
}
