/** Writes without end, four at a time, and prints the number of each record once it is acknowledged. */
import { argv, stdout } from 'node:process';
import { openAuditLog } from '../../src/audit/log.ts';
import { createSystemClock } from '../../src/core/clock.ts';

const [, , directory = '', mode] = argv;
const log = await openAuditLog({
  directory,
  clock: createSystemClock(),
  durability: mode === 'batched' ? 'batched' : 'sync',
  stallMs: 60_000,
});
let next = 0;

async function appendInTurn(): Promise<void> {
  for (;;) {
    next += 1;
    const mark = next;
    const record = { event: 'grant', service: 'demo', pid: mark } as const;
    // Two notes between two appends, as at a launch.
    await (mode === 'noted' && mark % 3 !== 0 ? log.note(record) : log.append(record));
    await new Promise((resolve) => stdout.write(`${mark}\n`, resolve));
  }
}

await Promise.all([appendInTurn(), appendInTurn(), appendInTurn(), appendInTurn()]);
