/** Time, injected: tests own it. */

export interface Clock {
  /** Wall clock, milliseconds since 1970, for records only. Never used to decide whether something has expired. */
  nowMs(): number;
  /** Milliseconds that only grow; for limits and ages. */
  monotonicMs(): number;
  /** Calls back once after `delayMs` (at most 2^31-1); the result cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    after(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(delayMs, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    },
  };
}
