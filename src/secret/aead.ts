/** XChaCha20-Poly1305 (IETF) straight from one memory to another, and random bytes. */
import sodium from 'sodium-native';
import { AgentKeysError } from '../core/errors.ts';

export const aeadKeyByteLength = 32;
export const aeadNonceByteLength = 24;
export const aeadTagByteLength = 16;

/** `associated` is authenticated with the text and stays outside it; may be empty. */
export interface AeadInput {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 24 bytes, never twice with one key; random ones do. */
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
}

/** Cipher text with its tag (16 bytes longer than `plain`), which is public. Errors: `INTERNAL` for a key or nonce of a wrong length. */
export function sealInto(input: AeadInput & { readonly plain: Uint8Array }): Buffer {
  requireLengths(input);
  const cipher = Buffer.alloc(input.plain.length + aeadTagByteLength);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
    cipher,
    input.plain,
    orNone(input.associated),
    null,
    input.nonce,
    input.key,
  );
  return cipher;
}

/**
 * Decrypts into `into`, which must be 16 bytes shorter than `cipher`; the caller owns and wipes it. false: not authentic (any bit, a
 * wrong key, another length), and `into` is all zeros. Errors: `INTERNAL` for a key or nonce of a wrong length, with `into` untouched.
 */
export function openInto(
  input: AeadInput & { readonly cipher: Uint8Array; readonly into: Uint8Array },
): boolean {
  requireLengths(input);
  const isOpened = input.cipher.length === input.into.length + aeadTagByteLength && isAuthentic(input);
  if (!isOpened) wipeBytes(input.into);
  return isOpened;
}

function isAuthentic(input: AeadInput & { readonly cipher: Uint8Array; readonly into: Uint8Array }): boolean {
  const { into, cipher, associated, nonce, key } = input;
  try {
    const byteLength = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      into,
      null,
      cipher,
      orNone(associated),
      nonce,
      key,
    );
    return byteLength === into.length;
  } catch {
    // Every length was checked, so the one thing left to throw about is authenticity: an outcome, not an error.
    return false;
  }
}

/** Public random bytes (nonces, identifiers) on the ordinary heap. Keys are made with `fillRandom` in a region. */
export function randomBytes(byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength);
  fillRandom(bytes);
  return bytes;
}

export function fillRandom(into: Uint8Array): void {
  if (into.length > 0) sodium.randombytes_buf(into);
}

/** Zeroes with a store that no compiler drops. */
export function wipeBytes(bytes: Uint8Array): void {
  if (bytes.length > 0) sodium.sodium_memzero(bytes);
}

function orNone(associated: Uint8Array): Uint8Array | null {
  return associated.length === 0 ? null : associated;
}

function requireLengths(input: AeadInput): void {
  const isRight = input.key.length === aeadKeyByteLength && input.nonce.length === aeadNonceByteLength;
  if (!isRight) throw new AgentKeysError('INTERNAL', { where: 'the length of a key or nonce' });
}
