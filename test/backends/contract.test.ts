import test, { type ExecutionContext } from 'ava';
import { backendDefinitions, createBackends, findBackend } from '../../src/backends/index.ts';
import { vaultBackend } from '../../src/backends/vault/backend.ts';
import { type BackendUnderTest, testBackendContract } from '../contracts/backend.ts';
import { demo, openAt, vaultDirectory } from '../vault/support/test-vault.ts';

async function overAVault(t: ExecutionContext): Promise<BackendUnderTest> {
  const vault = openAt(vaultDirectory(t));
  await vault.initialise();
  const backend = vaultBackend.create({ vault });
  const put = async (value: Buffer): Promise<void> =>
    void (await vault.store(demo, value, { replace: true }));
  return { backend, put, present: demo, absent: 'nothing-here' };
}

const makers: Record<string, (t: ExecutionContext) => Promise<BackendUnderTest>> = { vault: overAVault };

for (const { name } of backendDefinitions) {
  const make = makers[name];
  if (make !== undefined) testBackendContract(test, name, make);
}

test('every registered backend runs through the contract, once', (t) => {
  t.deepEqual(
    backendDefinitions.map(({ name }) => name),
    Object.keys(makers),
  );
});

test('a backend is found by its exact name and by nothing else', (t) => {
  const backends = createBackends({ vault: openAt(vaultDirectory(t)) });
  t.is(findBackend(backends, 'vault')?.name, 'vault');
  for (const name of ['', 'Vault', 'vault ', 'vaul', 'toString'])
    t.is(findBackend(backends, name), undefined);
});

test('a vault that is not there is an error, not an absent credential', async (t) => {
  const backend = vaultBackend.create({ vault: openAt(vaultDirectory(t)) });
  await t.throwsAsync(backend.measure('demo'), { code: 'VAULT_ABSENT' });
});
