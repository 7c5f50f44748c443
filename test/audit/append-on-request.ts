/** Opens the log, then appends once for every line on stdin, and answers `ok` or the code of the refusal. */
import { writeSync } from 'node:fs';
import { argv, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import { openAuditLog } from '../../src/audit/log.ts';
import { createSystemClock } from '../../src/core/clock.ts';
import { isAgentKeysError } from '../../src/core/errors.ts';

const log = await openAuditLog({
  directory: argv[2] ?? '',
  clock: createSystemClock(),
  durability: 'sync',
  stallMs: 60_000,
});
writeSync(1, 'ready\n');
for await (const service of createInterface({ input: stdin })) {
  const answer = await log.append({ event: 'grant', service }).then(
    () => 'ok',
    (error: unknown) => (isAgentKeysError(error) ? error.code : 'other'),
  );
  writeSync(1, `${answer}\n`);
}
await log.close();
