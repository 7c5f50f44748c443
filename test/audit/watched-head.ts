/** Watches an audit directory for heads that are put in place: the kernel tells each rename, in order. */
import { readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { parseHead } from '../../src/audit/head.ts';

export interface WatchedHead {
  /** Resolves once so many heads were put in place since the watch began. */
  reaches(count: number): Promise<void>;
  /** How many it has been, once everything that was done before this call is known. */
  count(): Promise<number>;
  /** The number of the record that the head names. */
  seq(): number | undefined;
}

/** The directory must exist. */
export function watchHead(t: ExecutionContext, directory: string): WatchedHead {
  let renames = 0;
  let markers = 0;
  const waiting = new Map<string, () => void>();
  const watcher = watch(directory, (type, name) => {
    if (type !== 'rename' || name === null) return;
    if (name === 'head') renames += 1;
    waiting.get(name === 'head' ? `head:${renames}` : name)?.();
  });
  t.teardown(() => watcher.close());
  const told = (what: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.set(what, resolve);
    return promise;
  };
  return {
    reaches: (count) => (renames >= count ? Promise.resolve() : told(`head:${count}`)),
    async count() {
      markers += 1;
      const name = `marker.${markers}`;
      const seen = told(name);
      writeFileSync(join(directory, name), '');
      await seen;
      return renames;
    },
    seq() {
      const head = parseHead(readFileSync(join(directory, 'head'), 'latin1'));
      return head.kind === 'known' ? head.position.seq : undefined;
    },
  };
}
