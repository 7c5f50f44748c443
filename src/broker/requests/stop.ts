/** Answers `stop`, then lets the daemon end. */
import type { AuditLog } from '../../audit/event.ts';
import type { Handler } from '../exchange.ts';

export interface StopDeps {
  readonly audit: Pick<AuditLog, 'append'>;
  /** Ends the daemon. The asking connection stays open until the process is gone: its end of file tells the client. */
  readonly beginStop: () => void;
}

export function createStopHandler({ audit, beginStop }: StopDeps): Handler<'stop'> {
  return async (exchange) => {
    const { uid, pid } = exchange.peer;
    try {
      await audit.append({ event: 'stop', uid, pid, reason: 'stop' });
    } catch {
      // A full disk must not keep a daemon alive: nothing is released by stopping it.
    }
    await exchange.answer('stop', { stopping: true });
    beginStop();
  };
}
