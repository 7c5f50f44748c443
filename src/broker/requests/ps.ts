/** Answers `ps`: the sessions that live, as many as one frame holds. */
import type { SessionRow } from '../../protocol/requests/ps.ts';
import type { Handler, Peer } from '../exchange.ts';

/** Of 65,536: the rest is the frame's own words. */
const maxPageBytes = 60_000;

/** `sessions` gives the rows that this peer may see, in any order. */
export function createPsHandler({
  sessions,
}: {
  readonly sessions: (peer: Peer) => readonly SessionRow[];
}): Handler<'ps'> {
  return async (exchange) => {
    const after: string = exchange.body.after ?? '';
    const rows = sessions(exchange.peer).filter((row) => row.session > after);
    rows.sort((a, b) => (a.session < b.session ? -1 : 1));
    const page = takePage(rows);
    const last = page.at(-1);
    const hasMore = last !== undefined && page.length < rows.length;
    await exchange.answer('ps', hasMore ? { sessions: page, next: last.session } : { sessions: page });
  };
}

/** At least one row, so that every page moves on. */
function takePage(rows: readonly SessionRow[]): SessionRow[] {
  const page: SessionRow[] = [];
  let usedBytes = 0;
  for (const row of rows) {
    usedBytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (page.length > 0 && usedBytes > maxPageBytes) break;
    page.push(row);
  }
  return page;
}
