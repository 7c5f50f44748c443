/** Waits for a record of the audit log: the kernel tells when the file has grown. */
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Home } from './daemon.ts';

/** Resolves once more than `skipping` records of this event stand in the log. */
export function auditEvent(home: Pick<Home, 'directory'>, event: string, skipping = 0): Promise<void> {
  const directory = join(home.directory, 'state/audit');
  const isThere = () => {
    const text = readFileSync(join(directory, 'audit.jsonl'), 'utf8');
    return text.split(`"event":"${event}"`).length - 1 > skipping;
  };
  return new Promise((resolve) => {
    const watcher = watch(directory, check);
    function check(): void {
      if (!isThere()) return;
      watcher.close();
      resolve();
    }
    check();
  });
}
