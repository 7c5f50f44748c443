/** Appends without end, four at a time, and prints the number of each record once it is acknowledged. */
import { argv, stdout } from 'node:process';
import { openAuditLog } from '../../src/audit/log.ts';
import { createSystemClock } from '../../src/core/clock.ts';

const [, , directory = '', durability] = argv;
const log = await openAuditLog({
  directory,
  clock: createSystemClock(),
  durability: durability === 'batched' ? 'batched' : 'sync',
  stallMs: 60_000,
});
let next = 0;

async function appendInTurn(): Promise<void> {
  for (;;) {
    next += 1;
    const mark = next;
    await log.append({ event: 'grant', service: 'demo', pid: mark });
    await new Promise((resolve) => stdout.write(`${mark}\n`, resolve));
  }
}

await Promise.all([appendInTurn(), appendInTurn(), appendInTurn(), appendInTurn()]);
