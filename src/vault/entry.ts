/** One sealed credential as bytes: who it is, which version, and the cipher. docs/vault.md is the layout in words. */
import { isAgentKeysError } from '../core/errors.ts';
import { parseServiceName, type ServiceName } from '../core/ids.ts';
import { aeadNonceByteLength, aeadTagByteLength } from '../secret/aead.ts';
import { vaultIdByteLength } from './header.ts';
import { vaultCorrupt } from './rules.ts';

export const maxValueByteLength = 65535;
export const maxVersion = 0xffffffff;

const magic = Buffer.from('AKVAULTE', 'latin1');
const format = 1;
const maxNameByteLength = 64;

const formatAt = magic.length;
const vaultIdAt = formatAt + 2;
const versionAt = vaultIdAt + vaultIdByteLength;
const updatedAt = versionAt + 4;
const nameLengthAt = updatedAt + 8;
const nameAt = nameLengthAt + 1;

/** Shortest: a name and a value of one byte each. Nothing longer or shorter is read at all. */
export const minEntryByteLength = nameAt + 1 + aeadNonceByteLength + 1 + aeadTagByteLength;
export const maxEntryByteLength =
  nameAt + maxNameByteLength + aeadNonceByteLength + maxValueByteLength + aeadTagByteLength;

export interface EntryIdentity {
  readonly vaultId: Buffer;
  readonly service: ServiceName;
  readonly version: number;
  readonly updatedMs: number;
}

export interface Entry extends EntryIdentity {
  /** Length of the value. */
  readonly byteLength: number;
  /** Every byte before the cipher, the nonce included: all of it is bound to the cipher. */
  readonly associated: Buffer;
  readonly nonce: Buffer;
  readonly cipher: Buffer;
}

/** Where an entry must have come from; checked before the key is used, and bound to the cipher as well. */
export interface EntryPlace {
  readonly vaultId: Buffer;
  readonly service: ServiceName;
  /** For messages. */
  readonly file: string;
}

/** Hostile input, whatever bytes. Nothing in the result is authenticated until the cipher opens. Errors: `VAULT_CORRUPT`. */
export function parseEntry(bytes: Buffer, place: EntryPlace): Entry {
  const { file } = place;
  if (bytes.length < minEntryByteLength || bytes.length > maxEntryByteLength)
    throw vaultCorrupt(file, 'size');
  if (!bytes.subarray(0, formatAt).equals(magic)) throw vaultCorrupt(file, 'magic');
  if (bytes.readUInt16BE(formatAt) !== format) throw vaultCorrupt(file, 'format');
  const vaultId = bytes.subarray(vaultIdAt, versionAt);
  if (!vaultId.equals(place.vaultId)) throw vaultCorrupt(file, 'vault');
  const version = bytes.readUInt32BE(versionAt);
  if (version === 0) throw vaultCorrupt(file, 'version');
  const updated = bytes.readBigUInt64BE(updatedAt);
  if (updated > BigInt(Number.MAX_SAFE_INTEGER)) throw vaultCorrupt(file, 'updated');

  const nonceAt = nameAt + bytes.readUInt8(nameLengthAt);
  const cipherAt = nonceAt + aeadNonceByteLength;
  const byteLength = bytes.length - cipherAt - aeadTagByteLength;
  if (byteLength < 1 || byteLength > maxValueByteLength) throw vaultCorrupt(file, 'size');
  const service = parseStoredName(bytes.subarray(nameAt, nonceAt), file);
  if (service !== place.service) throw vaultCorrupt(file, 'name');
  return {
    vaultId,
    service,
    version,
    updatedMs: Number(updated),
    byteLength,
    associated: bytes.subarray(0, cipherAt),
    nonce: bytes.subarray(nonceAt, cipherAt),
    cipher: bytes.subarray(cipherAt),
  };
}

/** Everything before the cipher: it is the associated data, and the file is these bytes followed by the cipher. */
export function formatEntryStart(identity: EntryIdentity, nonce: Buffer): Buffer {
  const name = Buffer.from(identity.service, 'latin1');
  const start = Buffer.alloc(nameAt);
  magic.copy(start);
  start.writeUInt16BE(format, formatAt);
  identity.vaultId.copy(start, vaultIdAt);
  start.writeUInt32BE(identity.version, versionAt);
  start.writeBigUInt64BE(BigInt(identity.updatedMs), updatedAt);
  start.writeUInt8(name.length, nameLengthAt);
  return Buffer.concat([start, name, nonce]);
}

function parseStoredName(bytes: Buffer, file: string): ServiceName {
  try {
    return parseServiceName(bytes.toString('latin1'));
  } catch (error) {
    // The name's own error would tell a person to correct what they typed; here a file is wrong.
    if (isAgentKeysError(error)) throw vaultCorrupt(file, 'nameForm');
    throw error;
  }
}
