/** Seals and opens vault files from docs/vault.md alone: Node's ciphers, and nothing of the vault's code. */
import { createCipheriv, createDecipheriv } from 'node:crypto';

export interface Sealing {
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly associated: Buffer;
}

/** XChaCha20-Poly1305 (IETF): cipher and tag. */
export function strangerSeal({ key, nonce, associated }: Sealing, plain: Buffer): Buffer {
  const { subkey, iv } = narrow(key, nonce);
  const cipher = createCipheriv('chacha20-poly1305', subkey, iv, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([sealed, cipher.getAuthTag()]);
}

/** Throws if the tag is wrong. */
export function strangerOpen({ key, nonce, associated }: Sealing, sealed: Buffer): Buffer {
  const { subkey, iv } = narrow(key, nonce);
  const decipher = createDecipheriv('chacha20-poly1305', subkey, iv, { authTagLength: 16 });
  decipher.setAAD(associated, { plaintextLength: sealed.length - 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

/** The data key of a vault, from its two files. */
export function strangerDataKey(header: Buffer, key: Buffer): Buffer {
  const associated = Buffer.concat([header.subarray(0, 26), Buffer.from([0, 1, 1])]);
  return strangerOpen({ key, nonce: header.subarray(28, 52), associated }, header.subarray(52, 100));
}

/** The value of an entry. */
export function strangerValue(entry: Buffer, dataKey: Buffer): Buffer {
  const nonceAt = 39 + entry.readUInt8(38);
  const associated = entry.subarray(0, nonceAt + 24);
  const nonce = entry.subarray(nonceAt, nonceAt + 24);
  return strangerOpen({ key: dataKey, nonce, associated }, entry.subarray(nonceAt + 24));
}

/** HChaCha20 makes a key of the first 16 bytes of the nonce; the last 8 go into the ordinary one. */
function narrow(key: Buffer, nonce: Buffer): { subkey: Buffer; iv: Buffer } {
  const iv = Buffer.concat([Buffer.alloc(4), nonce.subarray(16, 24)]);
  return { subkey: hchacha20(key, nonce.subarray(0, 16)), iv };
}

const columnsAndDiagonals = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

function hchacha20(key: Buffer, nonce: Buffer): Buffer {
  const input = Buffer.concat([Buffer.from('expand 32-byte k', 'latin1'), key, nonce]);
  const words = Uint32Array.from({ length: 16 }, (_, index) => input.readUInt32LE(index * 4));
  for (let round = 0; round < 10; round += 1)
    for (const places of columnsAndDiagonals) quarterRound(words, places);
  const output = Buffer.alloc(32);
  [0, 1, 2, 3, 12, 13, 14, 15].forEach((word, index) => {
    output.writeUInt32LE(words[word] ?? 0, index * 4);
  });
  return output;
}

function quarterRound(words: Uint32Array, [a, b, c, d]: readonly [number, number, number, number]): void {
  const step = (to: number, from: number, turned: number, bits: number): void => {
    words[to] = ((words[to] ?? 0) + (words[from] ?? 0)) | 0;
    const mixed = (words[turned] ?? 0) ^ (words[to] ?? 0);
    words[turned] = (mixed << bits) | (mixed >>> (32 - bits));
  };
  step(a, b, d, 16);
  step(c, d, b, 12);
  step(a, b, d, 8);
  step(c, d, b, 7);
}
