import test from 'ava';
import { createSystemClock } from '../../src/core/clock.ts';

test('monotonic time does not go back', (t) => {
  const clock = createSystemClock();
  const [first, second] = [clock.monotonicMs(), clock.monotonicMs()];
  t.true(second >= first);
});

test('calls back once after the delay', async (t) => {
  const clock = createSystemClock();
  const startMs = clock.monotonicMs();
  await new Promise<void>((resolve) => clock.after(1, resolve));
  t.true(clock.monotonicMs() > startMs);
});

test('a delay longer than a timer can hold does not fire at once, and can be cancelled', async (t) => {
  const clock = createSystemClock();
  let isCalled = false;
  const cancel = clock.after(2 ** 40, () => {
    isCalled = true;
  });
  // Timers fire in order: one of 2 ms fires after one of 1 ms would have.
  await new Promise<void>((resolve) => clock.after(2, resolve));
  t.false(isCalled);
  cancel();
});
