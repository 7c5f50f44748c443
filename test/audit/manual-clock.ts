/** A clock that stands still until the test moves it. */
import type { Clock } from '../../src/core/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time, and calls back whatever became due, in order. */
  advance(byMs: number): void;
  readonly pending: number;
}

export function createManualClock(startMs = 1_750_000_000_000): ManualClock {
  let elapsedMs = 0;
  let timers: { atMs: number; callback: () => void }[] = [];
  return {
    nowMs: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after(delayMs, callback) {
      const timer = { atMs: elapsedMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(byMs) {
      elapsedMs += byMs;
      const due = timers.filter((timer) => timer.atMs <= elapsedMs).sort((a, b) => a.atMs - b.atMs);
      timers = timers.filter((timer) => timer.atMs > elapsedMs);
      for (const timer of due) timer.callback();
    },
    get pending() {
      return timers.length;
    },
  };
}
