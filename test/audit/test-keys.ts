/** Fixed keys, so that a log can be compared byte for byte. They protect nothing. */
import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SealKeys } from '../../src/audit/chain.ts';

const vectors = new URL('../vectors/audit/', import.meta.url);
/** What PKCS #8 puts before the 32 bytes of an Ed25519 seed. */
const PKCS8_PREFIX_HEX = '302e020100300506032b657004220420';

interface KeyVector {
  readonly macKeyHex: string;
  readonly anchorSeedHex: string;
  readonly anchorPublicHex: string;
}

export const keyVector: KeyVector = JSON.parse(readFileSync(new URL('keys.json', vectors), 'utf8'));

export function createTestKeys(): SealKeys {
  const anchorPrivate = createPrivateKey({
    key: Buffer.from(PKCS8_PREFIX_HEX + keyVector.anchorSeedHex, 'hex'),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    mac: createSecretKey(Buffer.from(keyVector.macKeyHex, 'hex')),
    anchorPrivate,
    anchorPublic: createPublicKey(anchorPrivate),
  };
}

/** An audit directory that has these keys and an empty log, or the given one. */
export function makeKeyedDirectory(directory: string, log: string | Buffer = '', head?: string): void {
  const { anchorPrivate, anchorPublic } = createTestKeys();
  mkdirSync(directory, { mode: 0o700 });
  const put = (name: string, content: string | Buffer): void => {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
  };
  put('audit.jsonl', log);
  put('mac.key', Buffer.from(keyVector.macKeyHex, 'hex'));
  put('anchor.key', String(anchorPrivate.export({ type: 'pkcs8', format: 'pem' })));
  put('anchor.pub', String(anchorPublic.export({ type: 'spki', format: 'pem' })));
  if (head !== undefined) put('head', head);
}
