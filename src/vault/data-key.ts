/** The key that seals every credential: made once, wrapped in the header, unwrapped only into the arena. */
import {
  aeadKeyByteLength,
  aeadNonceByteLength,
  fillRandom,
  openInto,
  randomBytes,
  sealInto,
} from '../secret/aead.ts';
import { type Header, slotAssociatedData, vaultIdByteLength } from './header.ts';
import type { ScratchRegions } from './scratch.ts';
import { withScratchBytes } from './scratch.ts';

/** A new vault: its id and its data key, wrapped by `key`. Errors: `SECRET_MEMORY`. */
export function wrapNewDataKey(regions: ScratchRegions, key: Uint8Array): Header {
  const vaultId = randomBytes(vaultIdByteLength);
  const nonce = randomBytes(aeadNonceByteLength);
  const wrappedKey = withScratchBytes(regions, aeadKeyByteLength, (plain) => {
    fillRandom(plain);
    return sealInto({ plain, key, nonce, associated: slotAssociatedData(vaultId) });
  });
  return { vaultId, slot: { nonce, wrappedKey } };
}

/** false: the header was changed or `key` is another vault's; `into` is then wiped. */
export function unwrapDataKey(header: Header, key: Uint8Array, into: Uint8Array): boolean {
  const { nonce, wrappedKey } = header.slot;
  return openInto({ cipher: wrappedKey, key, nonce, associated: slotAssociatedData(header.vaultId), into });
}
