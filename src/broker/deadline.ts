/** One timer for whatever is waited for: it starts anew when the reason changes, not with every byte. */
import type { Clock } from '../core/clock.ts';

export class Deadline {
  readonly #clock: Clock;
  readonly #onReached: () => void;
  #reason = '';
  #cancel = () => {};

  constructor(clock: Clock, onReached: () => void) {
    this.#clock = clock;
    this.#onReached = onReached;
  }

  /** The empty reason waits for nothing. */
  waitFor(reason: string, delayMs: number): void {
    if (reason === this.#reason) return;
    this.#cancel();
    this.#reason = reason;
    this.#cancel = reason === '' ? () => {} : this.#clock.after(delayMs, this.#onReached);
  }

  cancel(): void {
    this.waitFor('', 0);
  }
}
