/** Headers that open, and one for each way in which a header can be wrong. */
import { entry, fixed, flipped, header, otherBytes } from './parts.ts';
import type { VectorCase } from './vector.ts';

const size = 'its size is wrong';
const magic = 'it does not begin as a vault file does';
const format = 'its format is not known to this version';
const slots = 'its list of key slots is not valid';
const authentic = 'it was changed, or sealed with another key';

const good = header();

export const headerCases: readonly VectorCase[] = [
  { title: 'header: empty', header: Buffer.alloc(0), rule: size },
  { title: 'header: one byte short', header: good.subarray(0, -1), rule: size },
  { title: 'header: one byte long', header: Buffer.concat([good, Buffer.alloc(1)]), rule: size },
  { title: 'header: written twice', header: Buffer.concat([good, good]), rule: size },
  { title: 'header: zeros', header: Buffer.alloc(100), rule: magic },
  { title: 'header: magic in lower case', header: header({ magic: 'akvaulth' }), rule: magic },
  { title: 'header: magic of an entry', header: header({ magic: 'AKVAULTE' }), rule: magic },
  { title: 'header: an entry of its length', header: entry({ value: otherBytes(17) }), rule: magic },
  { title: 'header: format 0', header: header({ format: 0 }), rule: format },
  { title: 'header: format 2', header: header({ format: 2 }), rule: format },
  { title: 'header: format in the other byte order', header: header({ format: 0x0100 }), rule: format },
  { title: 'header: no slot', header: header({ slotCount: 0 }), rule: slots },
  { title: 'header: two slots announced', header: header({ slotCount: 2 }), rule: slots },
  { title: 'header: 255 slots announced', header: header({ slotCount: 255 }), rule: slots },
  { title: 'header: slot of kind 0', header: header({ kind: 0 }), rule: slots },
  { title: 'header: slot of an unknown kind', header: header({ kind: 2 }), rule: slots },
  { title: 'header: vault id changed', header: flipped(good, 10), rule: authentic },
  { title: 'header: last byte of the vault id changed', header: flipped(good, 25), rule: authentic },
  { title: 'header: nonce changed', header: flipped(good, 28), rule: authentic },
  { title: 'header: wrapped key changed', header: flipped(good, 52), rule: authentic },
  { title: 'header: tag changed', header: flipped(good, -1), rule: authentic },
  { title: 'header: wrapped by another key', header: header({ wrapKey: otherBytes(32) }), rule: authentic },
  { title: 'header: wrapped by the data key', header: header({ wrapKey: fixed.dataKey }), rule: authentic },
  {
    title: 'header: bound to another vault',
    header: header({ bound: { vaultId: otherBytes(16) } }),
    rule: authentic,
  },
  { title: 'header: bound to slot 1', header: header({ bound: { slotIndex: 1 } }), rule: authentic },
  { title: 'header: bound to a list of two', header: header({ bound: { slotCount: 2 } }), rule: authentic },
  { title: 'header: bound to another kind', header: header({ bound: { kind: 2 } }), rule: authentic },
  { title: 'header: bound to another format', header: header({ bound: { format: 2 } }), rule: authentic },
  {
    title: 'header: bound to another magic',
    header: header({ bound: { magic: 'AKVAULTE' } }),
    rule: authentic,
  },
];
