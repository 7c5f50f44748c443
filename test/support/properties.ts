/** How often a property is tried, with which seed, and what earlier failures are tried first. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { root } from './source-tree.ts';

/** AGENTKEYS_PROPERTY_RUNS multiplies every count; AGENTKEYS_PROPERTY_SEED repeats a run. */
const factor = readWhole('AGENTKEYS_PROPERTY_RUNS') ?? 1;
const seed = readWhole('AGENTKEYS_PROPERTY_SEED');

function readWhole(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${name} is no whole number`);
  return value;
}

/**
 * Tries `property` `numRuns` times, after the inputs of test/vectors/found/NAME/: each holds the counterexample that a
 * failure printed. The failure names seed and path, so that it can be repeated.
 */
export async function holds<Ts extends [unknown, ...unknown[]]>(
  t: ExecutionContext,
  name: string,
  numRuns: number,
  property: fc.IProperty<Ts> | fc.IAsyncProperty<Ts>,
): Promise<void> {
  const parameters = {
    numRuns: numRuns * factor,
    examples: readFound<Ts>(name),
    ...(seed === undefined ? {} : { seed }),
  };
  const details = await fc.check(property, parameters);
  if (!details.failed) {
    t.pass();
    return;
  }
  t.log(`keep it: test/vectors/found/${name}/WHAT.json with ${printInput(details.counterexample)}`);
  t.log(`repeat it: AGENTKEYS_PROPERTY_SEED=${details.seed}`);
  t.fail(fc.defaultReportMessage(details));
}

function readFound<Ts>(name: string): Ts[] {
  const directory = join(root, 'test/vectors/found', name);
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).sort();
  return files.map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8'), reviveBytes));
}

/** Bytes as `{"hex": "…"}`: JSON has none. Buffers have their own form in JSON, so they are replaced before. */
function printInput(input: unknown): string {
  return JSON.stringify(replaceBytes(input));
}

function replaceBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString('hex') };
  if (Array.isArray(value)) return value.map(replaceBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceBytes(inner)]));
}

function reviveBytes(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'hex') return value;
  return Buffer.from(String(Reflect.get(value, 'hex')), 'hex');
}
