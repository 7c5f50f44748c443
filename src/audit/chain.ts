/** Seals a record onto the one before it, and checks the seal of a single line. */
import { createHmac, hash, type KeyObject } from 'node:crypto';
import { type AnchorProof, signAnchor, verifyAnchor } from './anchor.ts';
import { maxLineBytes, recordPattern, sealBytes } from './canonical.ts';

/** A place between two records: everything before it, pinned. */
export interface ChainPosition {
  /** Number of the record that ends here; 0 at the start of the log. */
  readonly seq: number;
  /** Length of the log up to here. */
  readonly bytes: number;
  readonly hash: string;
  readonly mac: string;
}

export const chainStart: ChainPosition = { seq: 0, bytes: 0, hash: '0'.repeat(64), mac: '0'.repeat(64) };

/** Rules a line can break, in the order in which they are checked. The words are part of docs/audit-log.md. */
export const chainRules = {
  tooLong: 'the line is longer than a record can be',
  canonical: 'the line is not a canonical record',
  hash: 'hash does not match the line',
  mac: 'mac does not match the hash',
  sig: 'sig does not verify',
  seq: 'seq is not the next number',
  prev: 'prev is not the hash of the record before',
} as const;

export type ChainRule = (typeof chainRules)[keyof typeof chainRules];

/** Keys for checking: the MAC key, and the public half of the anchor key. */
export interface VerifyKeys {
  readonly mac: KeyObject;
  readonly anchorPublic: KeyObject;
}

/** Keys for writing. */
export interface SealKeys extends VerifyKeys {
  readonly anchorPrivate: KeyObject;
}

/** `fields` comes from `formatEventFields`. An anchor is signed; any other record must not be. */
export function sealRecord(
  fields: string,
  isAnchor: boolean,
  before: ChainPosition,
  keys: SealKeys,
): { readonly line: string; readonly after: ChainPosition } {
  const seq = before.seq + 1;
  const proof: AnchorProof = { seq, prev: before.hash };
  const signature = isAnchor ? `,"sig":"${signAnchor(proof, keys.anchorPrivate)}"` : '';
  const open = `{"seq":${seq},${fields}${signature},"prev":"${before.hash}"`;
  const digest = hash('sha256', `${open}}`, 'hex');
  const mac = macOf(digest, keys.mac);
  // One byte per character: the canonical form is ASCII.
  const line = `${open},"hash":"${digest}","mac":"${mac}"}\n`;
  return { line, after: { seq, bytes: before.bytes + line.length, hash: digest, mac } };
}

/** What a line says about its place, once its own seal holds. */
export interface SealedLine {
  readonly seq: number;
  readonly ts: string;
  readonly isAnchor: boolean;
  readonly prev: string;
  readonly hash: string;
  readonly mac: string;
}

/**
 * Checks one line without its newline: form, hash, MAC and, on anchors, the signature. Its number and `prev` are for the
 * caller to compare. `line` is changed for a moment and put back: its bytes must be the caller's own.
 */
export function checkLine(line: Buffer, keys: VerifyKeys): SealedLine | ChainRule {
  if (line.length > maxLineBytes) return chainRules.tooLong;
  const match = recordPattern.exec(line.toString('latin1'));
  if (match === null) return chainRules.canonical;
  const [, seqText = '', ts = '', event = '', sig, prev = '', digest = '', mac = ''] = match;
  const seq = Number(seqText);
  if (!Number.isSafeInteger(seq) || (event === 'anchor') !== (sig !== undefined)) return chainRules.canonical;
  if (hashOf(line) !== digest) return chainRules.hash;
  if (macOf(digest, keys.mac) !== mac) return chainRules.mac;
  if (sig !== undefined && !verifyAnchor({ seq, prev }, sig, keys.anchorPublic)) return chainRules.sig;
  return { seq, ts, isAnchor: sig !== undefined, prev, hash: digest, mac };
}

/** The hashed part is the line with its seal replaced by `}`: done in place, since copying costs as much as hashing. */
function hashOf(line: Buffer): string {
  const sealAt = line.length - sealBytes;
  const replaced = line.readUInt8(sealAt);
  line.writeUInt8(0x7d, sealAt);
  const digest = hash('sha256', line.subarray(0, sealAt + 1), 'hex');
  line.writeUInt8(replaced, sealAt);
  return digest;
}

function macOf(digest: string, key: KeyObject): string {
  return createHmac('sha256', key).update(digest, 'hex').digest('hex');
}
