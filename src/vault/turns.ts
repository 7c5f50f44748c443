/** Jobs that share a key run one after another, in the order in which they came; others run beside them. */

export interface Turns {
  /** Resolves or rejects as the job does. A job that fails does not hold up the next. */
  take<T>(key: string, job: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const lastOf = new Map<string, Promise<void>>();
  return {
    async take(key, job) {
      const before = lastOf.get(key);
      const { promise: mine, resolve: finish } = Promise.withResolvers<void>();
      lastOf.set(key, mine);
      await before;
      try {
        return await job();
      } finally {
        finish();
        // Only the last of a key leaves, so that the map does not grow with every service ever stored.
        if (lastOf.get(key) === mine) lastOf.delete(key);
      }
    },
  };
}
