/** What of the daemon's protection is less than it should be, and whether it may run so. */
import { AgentKeysError } from '../core/errors.ts';

export interface HardeningFacts {
  readonly isMemoryDegraded: boolean;
  readonly auditDurability: 'sync' | 'batched';
}

/** In words that go on after "but"; empty if nothing is. */
export function findDegraded({ isMemoryDegraded, auditDurability }: HardeningFacts): readonly string[] {
  return [
    ...(isMemoryDegraded ? ['this kernel gives it no secret memory (memfd_secret)'] : []),
    ...(auditDurability === 'batched' ? ["audit.durability is 'batched'"] : []),
  ];
}

/** Errors: `HARDENING_REFUSED`. */
export function requireHardening(
  degraded: readonly string[],
  config: { readonly hardening: 'report' | 'strict'; readonly file: string },
): void {
  if (config.hardening === 'report' || degraded.length === 0) return;
  throw new AgentKeysError('HARDENING_REFUSED', { rule: degraded.join(' and '), file: config.file });
}
