/** The entry of every verb but `run`, which the native client does itself. */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Saves a tenth of the start; where the package's own directory cannot be written, nothing is kept anywhere else.
enableCompileCache(fileURLToPath(new URL('../../build/compile-cache', import.meta.url)));

const [{ main }, { commands }, { createMachine }, { isTerminal, writeOut }] = await Promise.all([
  import('../cli/main.ts'),
  import('../cli/commands/index.ts'),
  import('../cli/machine.ts'),
  import('../cli/output.ts'),
]);

process.exitCode = await main({
  words: process.argv.slice(2),
  commands: process.argv[2]?.startsWith('native-')
    ? (await import('../cli/native-commands.ts')).nativeCommands
    : commands,
  createMachine,
  environment: process.env,
  isTerminal,
  write: writeOut,
});
