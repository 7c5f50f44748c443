import { readFileSync } from 'node:fs';
import test from 'ava';
import { strangerDataKey, strangerSeal, strangerValue } from './stranger.ts';
import { canary, demo, vaultWithDemo } from './support/test-vault.ts';

test('the stranger speaks XChaCha20-Poly1305 as the draft does', (t) => {
  // draft-irtf-cfrg-xchacha-03, appendix A.3.1
  const plain = Buffer.from(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const sealing = {
    key: Buffer.from(Array.from({ length: 32 }, (_, index) => 0x80 + index)),
    nonce: Buffer.from(Array.from({ length: 24 }, (_, index) => 0x40 + index)),
    associated: Buffer.from('50515253c0c1c2c3c4c5c6c7', 'hex'),
  };
  const sealed = strangerSeal(sealing, plain);
  t.is(sealed.subarray(0, 16).toString('hex'), 'bd6d179d3e83d43b9576579493c0e939');
  t.is(sealed.subarray(-16).toString('hex'), 'c0875924c1c7987947deafd8780acf49');
});

test('the documentation is enough to read what the vault wrote', async (t) => {
  const { vault, value, file } = await vaultWithDemo(t, 300);
  const dataKey = strangerDataKey(readFileSync(file('header')), readFileSync(file('key')));
  t.true(strangerValue(readFileSync(file('demo.cred')), dataKey).equals(value));
  const next = canary(65535);
  await vault.store(demo, next, { replace: true });
  t.true(strangerValue(readFileSync(file('demo.cred')), dataKey).equals(next));
});
