import { inspect } from 'node:util';
import test from 'ava';
import { isAgentKeysError } from '../../src/core/errors.ts';
import { loadAddon } from '../../src/native/addon.ts';
import { createRegions } from '../../src/native/regions.ts';
import { randomBytes } from '../../src/secret/aead.ts';
import { createSecret } from '../../src/secret/secret.ts';
import { countDescriptors, secretMappings } from '../support/process-facts.ts';

const regions = createRegions({ addon: loadAddon() });
const isInternal = (error: unknown): boolean => isAgentKeysError(error) && error.code === 'INTERNAL';

test.serial('a secret has exactly the bytes that were filled in, and no descriptor', (t) => {
  const descriptors = countDescriptors();
  const canary = randomBytes(20);
  const secret = createSecret(regions, 20, (bytes) => bytes.set(canary));
  t.is(secret.byteLength, 20);
  t.true(secret.use((bytes) => canary.equals(bytes)));
  t.is(countDescriptors(), descriptors);
  secret.wipe();
});

test.serial('a wiped secret holds no memory and refuses to be used; wiping again does nothing', (t) => {
  const mappings = secretMappings().length;
  const secret = createSecret(regions, 20, (bytes) => bytes.fill(1));
  t.is(secretMappings().length, mappings + 1);
  secret.wipe();
  secret.wipe();
  t.is(secretMappings().length, mappings);
  t.true(isInternal(t.throws(() => secret.use(() => t.fail()))));
});

test.serial('a secret that could not be filled leaves nothing', (t) => {
  const mappings = secretMappings().length;
  const fill = (): void => {
    throw new Error('no value');
  };
  t.throws(() => createSecret(regions, 20, fill), { message: 'no value' });
  t.is(secretMappings().length, mappings);
});

test('a secret prints as a placeholder, whatever is done to make text of it', (t) => {
  const secret = createSecret(regions, 20, (bytes) => bytes.fill('x'));
  t.is(String(secret), '[secret]');
  t.is(`${secret}`, '[secret]');
  t.is(JSON.stringify({ secret }), '{"secret":"[secret]"}');
  t.is(inspect({ secret }, { depth: 9, showHidden: true }), '{ secret: [secret] }');
  t.is(new Error(`about ${secret}`).message, 'about [secret]');
  secret.wipe();
});

test('a secret of no bytes is refused', (t) => {
  t.true(isInternal(t.throws(() => createSecret(regions, 0, () => undefined))));
});
