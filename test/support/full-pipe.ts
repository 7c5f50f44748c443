/** A pipe that nobody reads and that takes no more: whoever writes to it stands still. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

export function createFullPipe(t: ExecutionContext, directory: string): { readonly writeEnd: number } {
  const path = join(directory, 'full.fifo');
  spawnSync('mkfifo', [path]);
  const filler = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  // A description of its own: the other one must block.
  const writeEnd = openSync(path, constants.O_WRONLY);
  t.teardown(() => {
    closeSync(filler);
    closeSync(writeEnd);
  });
  const page = Buffer.alloc(4096);
  for (;;) {
    try {
      writeSync(filler, page);
    } catch {
      return { writeEnd };
    }
  }
}
