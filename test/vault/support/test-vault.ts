/** A vault of its own for one test, in a directory that goes with the test. */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Clock } from '../../../src/core/clock.ts';
import { parseServiceName } from '../../../src/core/ids.ts';
import { loadAddon } from '../../../src/native/addon.ts';
import { createRegions, type Region, type Regions } from '../../../src/native/regions.ts';
import { createArena } from '../../../src/secret/arena.ts';
import type { Vault } from '../../../src/vault/contract.ts';
import { createVault } from '../../../src/vault/vault.ts';

export const storedAtMs = 1_766_000_000_123;
export const demo = parseServiceName('demo');
export const other = parseServiceName('other');

export const testClock: Clock = {
  nowMs: () => storedAtMs,
  monotonicMs: () => 0,
  after: () => () => {},
};

/** A state directory with nothing in it; its `vault/` is where the vault goes. */
export function vaultDirectory(t: ExecutionContext): string {
  const state = mkdtempSync(join(tmpdir(), 'agentkeys-vault-'));
  t.teardown(() => rmSync(state, { recursive: true, force: true }));
  return join(state, 'vault');
}

export function openAt(directory: string, regions: Regions = createRegions({ addon: loadAddon() })): Vault {
  const arena = createArena({ regions: createRegions({ addon: loadAddon() }), byteLength: 4096 });
  return createVault({ directory, clock: testClock, arena, regions });
}

/** An initialised vault with one random value under `demo`. */
export async function vaultWithDemo(t: ExecutionContext, byteLength = 21) {
  const directory = vaultDirectory(t);
  const vault = openAt(directory);
  await vault.initialise();
  const value = canary(byteLength);
  await vault.store(demo, value, { replace: false });
  return { directory, vault, value, file: (name: string) => join(directory, name) };
}

export function copyOf(t: ExecutionContext, directory: string): string {
  const copy = vaultDirectory(t);
  cpSync(directory, copy, { recursive: true, preserveTimestamps: true });
  return copy;
}

/** Random, so that finding it anywhere means that it got there. */
export function canary(byteLength: number): Buffer {
  return randomBytes(byteLength);
}

export function revealed(vault: Vault, service = demo): Buffer {
  const into = Buffer.alloc(vault.find(service)?.byteLength ?? 0);
  vault.reveal(service, into);
  return into;
}

/** Name → hash of every file, to compare a directory with itself. */
export function snapshot(directory: string): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(directory).map((name) => [name, hash(name)]));
}

/** Regions that remember whether each was wiped before it was dropped. */
export function watchedRegions(): Regions & { readonly made: { isWiped: boolean; isDropped: boolean }[] } {
  const regions = createRegions({ addon: loadAddon() });
  const made: { isWiped: boolean; isDropped: boolean }[] = [];
  const create = (byteLength: number): Region => {
    const region = regions.create(byteLength);
    const life = { isWiped: false, isDropped: false };
    made.push(life);
    const { wipe, drop } = region;
    region.wipe = () => {
      wipe.call(region);
      life.isWiped = region.use((bytes) => bytes.every((byte) => byte === 0));
    };
    region.drop = () => {
      drop.call(region);
      life.isDropped = true;
    };
    return region;
  };
  return { create, made };
}
