/** The values of the kill loop: each follows from a seed and its version, so that a reader can tell which one it got. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { demo, openAt } from './test-vault.ts';

/** 100 to 20,099 bytes: some fit one page, some need several. */
export function loopValue(seed: string, version: number): Buffer {
  const digest = createHash('sha512').update(`${seed}:${version}`).digest();
  const byteLength = 100 + (digest.readUInt32BE(0) % 20_000);
  return Buffer.alloc(byteLength, digest);
}

/** Initialises if there is nothing yet, then stores for ever. */
export async function loopVersions(directory: string, seed: string): Promise<never> {
  const vault = openAt(directory);
  await vault.initialise();
  for (let next = (vault.find(demo)?.version ?? 0) + 1; ; next += 1) {
    const { version } = await vault.store(demo, loopValue(seed, next), { replace: true });
    writeSync(1, `${version}\n`);
  }
}
