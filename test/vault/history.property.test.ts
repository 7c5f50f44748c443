/** Any history of operations, crashes and restarts, against a model that is a map. */
import { readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { parseServiceName } from '../../src/core/ids.ts';
import type { Vault } from '../../src/vault/contract.ts';
import { holds } from '../support/properties.ts';
import { openAt, revealed, vaultDirectory } from './support/test-vault.ts';

/** What is stored, as the operations that were acknowledged made it. */
type Model = ReadonlyMap<string, { readonly version: number; readonly value: Uint8Array }>;

/** Plain data, so that a history that failed can be kept as a file. */
type Operation =
  | { readonly kind: 'store'; readonly name: string; readonly value: Uint8Array; readonly replace: boolean }
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'initialise' };

/** Each kind of operation: what the model becomes if it succeeds, undefined where it must be refused; and how it is done. */
const kinds: {
  readonly [Kind in Operation['kind']]: {
    foresee(model: Model, operation: Extract<Operation, { kind: Kind }>): Model | undefined;
    perform(vault: Vault, operation: Extract<Operation, { kind: Kind }>): Promise<unknown>;
  };
} = {
  store: {
    foresee(model, { name, value, replace }) {
      const before = model.get(name);
      if (before !== undefined && !replace) return undefined;
      return new Map(model).set(name, { version: (before?.version ?? 0) + 1, value });
    },
    perform: (vault, { name, value, replace }) => vault.store(parseServiceName(name), value, { replace }),
  },
  remove: {
    foresee(model, { name }) {
      const after = new Map(model);
      return after.delete(name) ? after : undefined;
    },
    perform: (vault, { name }) => vault.remove(parseServiceName(name), async () => {}),
  },
  initialise: { foresee: (model) => model, perform: (vault) => vault.initialise() },
};

/** The row of an operation's own kind takes it. */
const rowOf = ({ kind }: Operation) => kinds[kind] as (typeof kinds)['store'];
const asStore = (operation: Operation) => operation as Extract<Operation, { kind: 'store' }>;

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      name: fc.constantFrom('a', 'b', 'c.d'),
      value: fc.uint8Array({ minLength: 1, maxLength: 30 }),
      replace: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom('a', 'b', 'c.d') }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'initialise' as const }) },
);

/** Which call of an operation fails. */
interface Stumble {
  readonly at: 'write' | 'sync';
  readonly call: number;
}

interface Step {
  readonly operation: Operation;
  readonly stumble?: Stumble | undefined;
  readonly restarts: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  operation,
  stumble: fc.option(
    fc.record({ at: fc.constantFrom('write' as const, 'sync' as const), call: fc.nat({ max: 2 }) }),
    { nil: undefined, freq: 3 },
  ),
  restarts: fc.boolean(),
});

interface Real {
  readonly directory: string;
  model: Model;
  vault: Vault;
}

function seen(vault: Vault): string[] {
  return [...vault.list()].map(
    ({ service, facts }) => `${service} ${facts?.version} ${revealed(vault, service).toString('hex')}`,
  );
}

function foreseen(model: Model): string[] {
  return [...model]
    .map(([name, entry]) => `${name} ${entry.version} ${Buffer.from(entry.value).toString('hex')}`)
    .sort();
}

/** The `call`-th call of this method of any file fails, as a disk does. */
async function stumbling(directory: string, { at, call }: Stumble, act: () => Promise<unknown>) {
  const handle = await open(directory);
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  const original = prototype[at];
  let left = call;
  prototype[at] = function (this: unknown, ...args: unknown[]) {
    left -= 1;
    if (left < 0) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    return Reflect.apply(original, this, args);
  };
  try {
    return await act();
  } finally {
    prototype[at] = original;
  }
}

async function take(t: ExecutionContext, real: Real, { operation, stumble, restarts }: Step): Promise<void> {
  const note = JSON.stringify(operation);
  const after = rowOf(operation).foresee(real.model, asStore(operation));
  const act = () => rowOf(operation).perform(real.vault, asStore(operation));
  const [outcome] = await Promise.allSettled([
    stumble === undefined ? act() : stumbling(real.directory, stumble, act),
  ]);
  if (after === undefined) t.is(outcome.status, 'rejected', note);
  else if (stumble === undefined) t.is(outcome.status, 'fulfilled', note);
  if (restarts) real.vault = openAt(real.directory);
  const found = seen(real.vault);
  const isAfter = after !== undefined && found.join() === foreseen(after).join();
  // Acknowledged: it happened. Failed: it happened as a whole, or not at all.
  if (outcome.status === 'fulfilled') t.true(isAfter, note);
  else if (!isAfter) t.deepEqual(found, foreseen(real.model), note);
  if (isAfter) real.model = after;
}

test.serial('any history ends as the model, or one operation later where the last one failed', (t) =>
  holds(
    t,
    'vault-history',
    60,
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const directory = vaultDirectory(t);
      const real: Real = { directory, model: new Map(), vault: openAt(directory) };
      await real.vault.initialise();
      for (const one of steps) await take(t, real, one);
      const names = [...real.model.keys()].map((name) => `${name}.cred`);
      openAt(directory).open();
      t.deepEqual(readdirSync(directory).sort(), [...names, 'header', 'key'].sort());
    }),
  ),
);
