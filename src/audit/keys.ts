/** The log's own keys: one for MACs, one pair for anchors. Made at first start, never while a log exists. */
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { join } from 'node:path';
import type { SealKeys, VerifyKeys } from './chain.ts';
import { type Access, readOwnedFile, replaceOwnedFile, unsafe } from './owned-file.ts';

const MAC_KEY_BYTES = 32;
const MAX_PEM_BYTES = 1024;

export const keyFileNames = ['mac.key', 'anchor.key', 'anchor.pub'] as const;

/** Errors: `STATE_UNSAFE` (absent ones too), `AUDIT_UNAVAILABLE`. */
export async function loadVerifyKeys(directory: string, access: Access): Promise<VerifyKeys> {
  return {
    mac: await loadMacKey(directory, access),
    anchorPublic: await loadAnchorKey(directory, 'anchor.pub', access),
  };
}

/** Errors: `STATE_UNSAFE` (absent ones too), `AUDIT_UNAVAILABLE`. */
export async function loadSealKeys(directory: string): Promise<SealKeys> {
  const keys = await loadVerifyKeys(directory, 'write');
  const anchorPrivate = await loadAnchorKey(directory, 'anchor.key', 'write');
  if (!createPublicKey(anchorPrivate).equals(keys.anchorPublic)) {
    throw unsafe(join(directory, 'anchor.pub'), 'it does not belong to anchor.key');
  }
  return { ...keys, anchorPrivate };
}

/** Makes new keys over whatever is there: only for a log without a record. Errors: `STATE_UNSAFE`, `AUDIT_UNAVAILABLE`. */
export async function createKeys(directory: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const mac = randomBytes(MAC_KEY_BYTES);
  await replaceOwnedFile(join(directory, 'mac.key'), mac);
  mac.fill(0);
  const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await replaceOwnedFile(join(directory, 'anchor.key'), pem);
  pem.fill(0);
  const publicPem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  await replaceOwnedFile(join(directory, 'anchor.pub'), publicPem);
}

async function loadMacKey(directory: string, access: Access): Promise<KeyObject> {
  const path = join(directory, 'mac.key');
  const bytes = await readOwnedFile(path, MAC_KEY_BYTES, access);
  if (bytes === undefined) throw unsafe(path, 'it does not exist');
  if (bytes.length !== MAC_KEY_BYTES)
    throw unsafe(path, `it has ${bytes.length} bytes instead of ${MAC_KEY_BYTES}`);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

async function loadAnchorKey(
  directory: string,
  name: 'anchor.key' | 'anchor.pub',
  access: Access,
): Promise<KeyObject> {
  const path = join(directory, name);
  const pem = await readOwnedFile(path, MAX_PEM_BYTES, access);
  if (pem === undefined) throw unsafe(path, 'it does not exist');
  try {
    const key = name === 'anchor.key' ? createPrivateKey(pem) : createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') throw unsafe(path, 'it is not an Ed25519 key');
    return key;
  } catch (cause) {
    throw unsafe(path, 'it is not an Ed25519 key', cause);
  } finally {
    pem.fill(0);
  }
}
