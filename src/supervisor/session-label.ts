/** A session's label as text: what the spawner keeps for the next broker. */
import { parseAgentId, parseProfileName } from '../core/ids.ts';
import type { SessionCredential, SessionLabel } from './session-table.ts';

export function formatSessionLabel(label: SessionLabel): string {
  return JSON.stringify(label);
}

/** The spawner gives back what an earlier broker wrote; anything else is undefined. */
export function parseSessionLabel(text: string): SessionLabel | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const credentials = Array.isArray(value.credentials) ? value.credentials : [];
    return {
      agentId: parseAgentId(String(value.agentId)),
      profile: parseProfileName(String(value.profile)),
      startedMs: Number(value.startedMs),
      credentials: credentials.map(parseCredential),
    };
  } catch {
    // A label of another version: the session goes on without one.
    return undefined;
  }
}

function parseCredential(value: Record<string, unknown>): SessionCredential {
  const text = (key: string) => String(value[key] ?? '');
  return { name: text('name'), service: text('service'), delivery: text('delivery'), grade: text('grade') };
}
