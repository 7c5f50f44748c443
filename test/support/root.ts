/** Tests that look into other processes need root; without it they count as skipped, and CI refuses that. */
import test, { type ImplementationFn } from 'ava';

export function asRoot(title: string, implementation: ImplementationFn<[]>): void {
  if (process.getuid?.() === 0) test(title, implementation);
  else test.skip(title, implementation);
}
