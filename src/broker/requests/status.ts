/** Answers `status`. */
import type { DaemonStatus } from '../../protocol/requests/status.ts';
import type { Handler } from '../exchange.ts';

export function createStatusHandler({
  describe,
}: {
  readonly describe: () => DaemonStatus;
}): Handler<'status'> {
  return async (exchange) => {
    await exchange.answer('status', describe());
  };
}
