/** Signed heads: what an anchor's Ed25519 signature covers. */
import { type KeyObject, sign, verify } from 'node:crypto';

/** The anchor's own number, and the hash of the record before it, which pins everything earlier. */
export interface AnchorProof {
  readonly seq: number;
  readonly prev: string;
}

/** A signature for something else must never pass as an anchor, hence the first line. */
function anchorMessage(proof: AnchorProof): Buffer {
  return Buffer.from(`agentkeys audit anchor v1\n${proof.seq}\n${proof.prev}\n`, 'latin1');
}

export function signAnchor(proof: AnchorProof, key: KeyObject): string {
  return sign(null, anchorMessage(proof), key).toString('hex');
}

export function verifyAnchor(proof: AnchorProof, signatureHex: string, key: KeyObject): boolean {
  return verify(null, anchorMessage(proof), key, Buffer.from(signatureHex, 'hex'));
}
