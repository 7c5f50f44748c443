/** Whether anybody still reads what this process writes: a program that waits for events would else outlive its reader. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import type { Addon } from '../native/addon.ts';

const readable = 1;

/**
 * Calls `onGone` once, when the pipe behind descriptor 1 has lost its last reader. Nothing happens where it is no pipe. The function
 * that is returned ends the watch.
 */
export function watchReader(addon: Pick<Addon, 'watch'>, onGone: () => void): () => void {
  if (!fstatSync(1).isFIFO()) return () => {};
  // A description of our own: watching makes it non-blocking, and the caller's must stay as it is.
  const fd = openSync('/proc/self/fd/1', constants.O_WRONLY | constants.O_NONBLOCK);
  // A pipe's write end is never readable: the only event is that its readers are gone.
  const watch = addon.watch(fd, readable, () => {
    end();
    onGone();
  });
  let isOpen = true;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    watch.close();
    closeSync(fd);
  };
  return end;
}
