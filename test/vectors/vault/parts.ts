/** The fields of vault files as docs/vault.md lists them, each of which a case may set to something wrong. */
import { createHash } from 'node:crypto';
import { strangerSeal } from '../../vault/stranger.ts';

/** Fixed and public: nothing here may ever protect anything. */
const bytesOf = (label: string, byteLength: number): Buffer =>
  createHash('sha512').update(`agentkeys vector: ${label}`).digest().subarray(0, byteLength);

export const fixed = {
  vaultId: bytesOf('vault id', 16),
  keyFile: bytesOf('key file', 32),
  dataKey: bytesOf('data key', 32),
  slotNonce: bytesOf('slot nonce', 24),
  entryNonce: bytesOf('entry nonce', 24),
  value: bytesOf('value', 40),
  version: 3,
  updatedMs: 1_766_000_000_123n,
};

export const otherBytes = (byteLength: number): Buffer => bytesOf('other', byteLength);

const uint = (value: number | bigint, byteLength: number): Buffer =>
  Buffer.from(
    BigInt(value)
      .toString(16)
      .padStart(byteLength * 2, '0'),
    'hex',
  );

const headerDefaults = {
  magic: 'AKVAULTH',
  format: 1,
  vaultId: fixed.vaultId,
  slotCount: 1,
  kind: 1,
  nonce: fixed.slotNonce,
  /** What the wrap is bound to, where that differs from what the header says. */
  bound: {} as {
    magic?: string;
    format?: number;
    vaultId?: Buffer;
    slotIndex?: number;
    slotCount?: number;
    kind?: number;
  },
  wrapKey: fixed.keyFile,
};

export function header(given: Partial<typeof headerDefaults> = {}): Buffer {
  const all = { ...headerDefaults, ...given };
  const bound = { magic: all.magic, format: all.format, vaultId: all.vaultId, ...all.bound };
  const associated = Buffer.concat([
    Buffer.from(bound.magic),
    uint(bound.format, 2),
    bound.vaultId,
    uint(bound.slotIndex ?? 0, 1),
    uint(bound.slotCount ?? all.slotCount, 1),
    uint(bound.kind ?? all.kind, 1),
  ]);
  const wrapped = strangerSeal({ key: all.wrapKey, nonce: all.nonce, associated }, fixed.dataKey);
  const start = [
    Buffer.from(all.magic),
    uint(all.format, 2),
    all.vaultId,
    uint(all.slotCount, 1),
    uint(all.kind, 1),
  ];
  return Buffer.concat([...start, all.nonce, wrapped]);
}

const entryDefaults = {
  magic: 'AKVAULTE',
  format: 1,
  vaultId: fixed.vaultId,
  version: fixed.version,
  updatedMs: fixed.updatedMs,
  name: Buffer.from('demo'),
  /** -1: as long as the name is. */
  nameLength: -1,
  nonce: fixed.entryNonce,
  value: fixed.value,
  key: fixed.dataKey,
  /** What of the bytes before the cipher is bound to it. */
  bind: (start: Buffer): Buffer => start,
};

export function entry(given: Partial<typeof entryDefaults> = {}): Buffer {
  const all = { ...entryDefaults, ...given };
  const start = Buffer.concat([
    Buffer.from(all.magic),
    uint(all.format, 2),
    all.vaultId,
    uint(all.version, 4),
    uint(all.updatedMs, 8),
    uint(all.nameLength < 0 ? all.name.length : all.nameLength, 1),
    all.name,
    all.nonce,
  ]);
  return Buffer.concat([
    start,
    strangerSeal({ key: all.key, nonce: all.nonce, associated: all.bind(start) }, all.value),
  ]);
}

/** One bit of one byte turned; counted from the end if negative. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  return changed;
}
