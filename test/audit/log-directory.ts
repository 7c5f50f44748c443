/** An audit directory of its own for each test, and logs to put into it. */
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { AuditEvent } from '../../src/audit/event.ts';
import { type AuditLogOptions, openAuditLog } from '../../src/audit/log.ts';
import { createManualClock } from './manual-clock.ts';

export const grant: AuditEvent = {
  event: 'grant',
  agent_id: 'claude',
  session: '0123456789abcdef',
  profile: 'claude',
  service: 'anthropic',
  backend: 'vault',
  delivery: 'env',
  uid: 1000,
  pid: 4242,
};

/** The path of a directory that does not exist yet; it goes with the test. */
export function auditDirectory(t: ExecutionContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'agentkeys-audit-'));
  t.teardown(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'audit');
}

export function logOptions(directory: string, more: Partial<AuditLogOptions> = {}): AuditLogOptions {
  return { directory, clock: createManualClock(), durability: 'sync', ...more };
}

/** A closed log with `count` grants between its opening and its closing anchor. */
export async function writeLog(t: ExecutionContext, count: number): Promise<string> {
  const directory = auditDirectory(t);
  const log = await openAuditLog(logOptions(directory));
  await Promise.all(Array.from({ length: count }, (_, index) => log.append({ ...grant, pid: index + 1 })));
  await log.close();
  return directory;
}

export function copyDirectory(t: ExecutionContext, from: string): string {
  const to = auditDirectory(t);
  cpSync(from, to, { recursive: true });
  // The copy of a directory gets the mode that the umask leaves.
  chmodSync(to, 0o700);
  return to;
}

export function readLog(directory: string): Buffer {
  return readFileSync(join(directory, 'audit.jsonl'));
}

export function readLines(directory: string): string[] {
  return readLog(directory).toString('latin1').split('\n').slice(0, -1);
}

export function replaceLog(directory: string, content: string | Uint8Array): void {
  writeFileSync(join(directory, 'audit.jsonl'), content);
}

export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
