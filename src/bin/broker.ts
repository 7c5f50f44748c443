/** agentkeysd's broker: started by the spawner with its descriptors, ends with the exit code that the spawner reads. */
import { startBroker } from '../broker/compose.ts';
import { parseBrokerOptions } from '../broker/options.ts';
import { toAgentKeysError } from '../core/errors.ts';
import { exitCodes } from '../core/exit-codes.ts';

// The spawner decides when the broker ends; a ^C in its terminal reaches both.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => {});

try {
  const broker = await startBroker(parseBrokerOptions(process.argv.slice(2)), () =>
    process.exit(exitCodes.general.code),
  );
  process.exit(await broker.ended);
} catch (thrown) {
  const error = toAgentKeysError(thrown, 'starting the broker');
  process.stderr.write(`agentkeys: error: ${error.message}\nagentkeys: hint: ${error.hint}\n`);
  process.exit(exitCodes[error.exit].code);
}
