/** The header of a vault: its id and the list of slots that wrap the data key. docs/vault.md is the layout in words. */
import { aeadKeyByteLength, aeadNonceByteLength, aeadTagByteLength } from '../secret/aead.ts';
import { vaultCorrupt } from './rules.ts';

export const vaultIdByteLength = 16;

/** The slot whose key is the file `key`. Format 1 has no other kind. */
const keyFileSlot = 1;
const magic = Buffer.from('AKVAULTH', 'latin1');
const format = 1;
/** Opening one slot authenticates that slot only, so a format with several must also authenticate their list. */
const slotCount = 1;

const formatAt = magic.length;
const vaultIdAt = formatAt + 2;
const slotCountAt = vaultIdAt + vaultIdByteLength;
const kindAt = slotCountAt + 1;
const nonceAt = kindAt + 1;
const wrappedAt = nonceAt + aeadNonceByteLength;

/** Exactly so long; one more or one less is refused. */
export const headerByteLength = wrappedAt + aeadKeyByteLength + aeadTagByteLength;

export interface Header {
  /** Random, not secret. */
  readonly vaultId: Buffer;
  readonly slot: { readonly nonce: Buffer; readonly wrappedKey: Buffer };
}

/** Hostile input, whatever bytes. Nothing in the result is authenticated until the slot opens. Errors: `VAULT_CORRUPT`. */
export function parseHeader(bytes: Buffer, file: string): Header {
  if (bytes.length !== headerByteLength) throw vaultCorrupt(file, 'size');
  if (!bytes.subarray(0, formatAt).equals(magic)) throw vaultCorrupt(file, 'magic');
  if (bytes.readUInt16BE(formatAt) !== format) throw vaultCorrupt(file, 'format');
  if (bytes[slotCountAt] !== slotCount || bytes[kindAt] !== keyFileSlot) throw vaultCorrupt(file, 'slots');
  return {
    vaultId: bytes.subarray(vaultIdAt, slotCountAt),
    slot: { nonce: bytes.subarray(nonceAt, wrappedAt), wrappedKey: bytes.subarray(wrappedAt) },
  };
}

export function formatHeader(header: Header): Buffer {
  const start = Buffer.alloc(nonceAt);
  magic.copy(start);
  start.writeUInt16BE(format, formatAt);
  header.vaultId.copy(start, vaultIdAt);
  start.writeUInt8(slotCount, slotCountAt);
  start.writeUInt8(keyFileSlot, kindAt);
  return Buffer.concat([start, header.slot.nonce, header.slot.wrappedKey]);
}

/** What the wrap of the data key is bound to, so that a slot opens only in its own place of its own header. */
export function slotAssociatedData(vaultId: Buffer): Buffer {
  const slotIndex = 0;
  const numbers = Buffer.from([slotIndex, slotCount, keyFileSlot]);
  const formatBytes = Buffer.alloc(2);
  formatBytes.writeUInt16BE(format);
  return Buffer.concat([magic, formatBytes, vaultId, numbers]);
}

/** What people see of the vault id. */
export function formatIdentity(vaultId: Buffer): string {
  return `ak-${vaultId.toString('hex').slice(0, 16)}`;
}
