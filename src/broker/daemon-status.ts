/** What the daemon says of itself. */
import { join } from 'node:path';
import { toAgentKeysError } from '../core/errors.ts';
import { parsePid } from '../core/ids.ts';
import type { DaemonStatus } from '../protocol/requests/status.ts';
import type { Vault } from '../vault/contract.ts';

/** What does not change while the broker runs. */
export interface DaemonFacts {
  readonly version: string;
  /** When this broker began to serve, wall clock. */
  readonly sinceMs: number;
  readonly home: { readonly config: string; readonly state: string; readonly run: string };
  readonly memory: DaemonStatus['memory'];
  readonly durability: DaemonStatus['audit']['durability'];
  readonly isDegraded: boolean;
}

export function describeDaemon(
  facts: DaemonFacts & { readonly vault: Pick<Vault, 'isPresent' | 'open'> },
  sessions: number,
): DaemonStatus {
  const { version, sinceMs, memory, durability, isDegraded, vault } = facts;
  const { config, state, run } = facts.home;
  return {
    version,
    mode: 'user',
    broker: { pid: parsePid(process.pid) },
    spawner: { pid: parsePid(process.ppid) },
    vault: describeVault(vault),
    sessions,
    hardening: isDegraded ? 'degraded' : 'ok',
    since: new Date(sinceMs).toISOString(),
    memory,
    audit: { durability },
    home: { config, state, run, socket: join(run, 'agentkeys.sock') },
  };
}

/** Opens it, which costs something only the first time: a vault that is there may still be one that nobody can use. */
function describeVault(vault: Pick<Vault, 'isPresent' | 'open'>): DaemonStatus['vault'] {
  try {
    if (!vault.isPresent()) return { locked: false, present: false, state: 'absent' };
    vault.open();
    return { locked: false, present: true, state: 'unlocked' };
  } catch (thrown) {
    const { code, message } = toAgentKeysError(thrown, 'opening the vault');
    const isDamaged = code === 'VAULT_CORRUPT' || code === 'STATE_UNSAFE';
    const state = isDamaged ? 'damaged' : 'unavailable';
    return { locked: false, present: true, state, error: { code, message } };
  }
}
