/** Entries that open, and one for each way in which an entry can be wrong. */
import { entry, fixed, flipped, header, otherBytes } from './parts.ts';
import type { VectorCase } from './vector.ts';

const size = 'its size is wrong';
const magic = 'it does not begin as a vault file does';
const format = 'its format is not known to this version';
const vault = 'it belongs to another vault';
const name = 'it was stored under another name';
const nameForm = 'the name in it is not valid';
const version = 'its version is not valid';
const updated = 'its time is not valid';
const authentic = 'it was changed, or sealed with another key';

const good = entry();
const longName = 'a'.repeat(64);
const named = (text: string): Buffer => entry({ name: Buffer.from(text, 'latin1') });
/** Everything of `good` before its cipher, with the cipher of another entry behind it. */
const startBefore = (other: Buffer): Buffer => Buffer.concat([good.subarray(0, 67), other.subarray(67)]);

const opening: readonly VectorCase[] = [
  { title: 'opens: an ordinary entry' },
  { title: 'opens: the longest name', service: longName, entry: named(longName) },
  { title: 'opens: a name of one byte', service: '0', entry: named('0') },
  { title: 'opens: a name with every kind of character', service: 'a0.b-c_d', entry: named('a0.b-c_d') },
  { title: 'opens: the first version', version: 1, entry: entry({ version: 1 }) },
  { title: 'opens: the last version', version: 0xffffffff, entry: entry({ version: 0xffffffff }) },
  { title: 'opens: the earliest time', updatedMs: 0n, entry: entry({ updatedMs: 0n }) },
  { title: 'opens: the latest time', updatedMs: 2n ** 53n - 1n, entry: entry({ updatedMs: 2n ** 53n - 1n }) },
];

const malformed: readonly VectorCase[] = [
  { title: 'entry: empty', entry: Buffer.alloc(0), rule: size },
  { title: 'entry: shorter than any can be', entry: good.subarray(0, 80), rule: size },
  { title: 'entry: no value', entry: entry({ value: Buffer.alloc(0) }), rule: size },
  {
    title: 'entry: no value under a long name',
    service: longName,
    entry: entry({ name: Buffer.from(longName), value: Buffer.alloc(0) }),
    rule: size,
  },
  { title: 'entry: zeros', entry: Buffer.alloc(120), rule: magic },
  { title: 'entry: magic in lower case', entry: entry({ magic: 'akvaulte' }), rule: magic },
  { title: 'entry: magic of a header', entry: entry({ magic: 'AKVAULTH' }), rule: magic },
  { title: 'entry: the header in its place', entry: header(), rule: magic },
  { title: 'entry: format 0', entry: entry({ format: 0 }), rule: format },
  { title: 'entry: format 2', entry: entry({ format: 2 }), rule: format },
  { title: 'entry: format in the other byte order', entry: entry({ format: 0x0100 }), rule: format },
  { title: 'entry: of another vault', entry: entry({ vaultId: otherBytes(16) }), rule: vault },
  { title: 'entry: vault id changed', entry: flipped(good, 25), rule: vault },
  { title: 'entry: version 0', entry: entry({ version: 0 }), rule: version },
  { title: 'entry: time past 2^53', entry: entry({ updatedMs: 2n ** 53n }), rule: updated },
  { title: 'entry: time of all ones', entry: entry({ updatedMs: 2n ** 64n - 1n }), rule: updated },
  { title: 'entry: name length 0', entry: entry({ nameLength: 0 }), rule: nameForm },
  { title: 'entry: no name', entry: named(''), rule: nameForm },
  { title: 'entry: name length one less', entry: entry({ nameLength: 3 }), rule: name },
  { title: 'entry: name length one more', entry: entry({ nameLength: 5 }), rule: nameForm },
  { title: 'entry: name length beyond the end', entry: entry({ nameLength: 255 }), rule: size },
  { title: 'entry: name of 65 bytes', entry: named('a'.repeat(65)), rule: nameForm },
  { title: 'entry: name in upper case', entry: named('DEMO'), rule: nameForm },
  { title: 'entry: name that climbs', entry: named('../demo'), rule: nameForm },
  { title: 'entry: name with a NUL behind it', entry: named('demo\0'), rule: nameForm },
  { title: 'entry: name with a line feed behind it', entry: named('demo\n'), rule: nameForm },
  { title: 'entry: name with a dot first', entry: named('.demo'), rule: nameForm },
  { title: 'entry: name beyond ASCII', entry: named('d\u00e9mo'), rule: nameForm },
  { title: 'entry: another name', entry: named('other'), rule: name },
  { title: 'entry: a longer name that begins alike', entry: named('demo2'), rule: name },
];

const notAuthentic: readonly VectorCase[] = [
  { title: 'entry: one byte added', entry: Buffer.concat([good, Buffer.alloc(1)]), rule: authentic },
  { title: 'entry: one byte of the tag missing', entry: good.subarray(0, -1), rule: authentic },
  { title: 'entry: the tag missing', entry: good.subarray(0, -16), rule: authentic },
  { title: 'entry: two entries in one file', entry: Buffer.concat([good, good]), rule: authentic },
  { title: 'entry: version raised', entry: flipped(good, 29), rule: authentic },
  { title: 'entry: time changed', entry: flipped(good, 37), rule: authentic },
  { title: 'entry: nonce changed', entry: flipped(good, 43), rule: authentic },
  { title: 'entry: first byte of the cipher changed', entry: flipped(good, 67), rule: authentic },
  { title: 'entry: last byte of the cipher changed', entry: flipped(good, -17), rule: authentic },
  { title: 'entry: tag changed', entry: flipped(good, -1), rule: authentic },
  { title: 'entry: sealed under the key file', entry: entry({ key: fixed.keyFile }), rule: authentic },
  { title: 'entry: sealed under another key', entry: entry({ key: otherBytes(32) }), rule: authentic },
  { title: 'entry: bound to nothing', entry: entry({ bind: () => Buffer.alloc(0) }), rule: authentic },
  {
    title: 'entry: bound to all but the nonce',
    entry: entry({ bind: (start) => start.subarray(0, -24) }),
    rule: authentic,
  },
  {
    title: 'entry: bound to the next version',
    entry: entry({ bind: (start) => flipped(start, 29) }),
    rule: authentic,
  },
  {
    title: 'entry: the value of another name',
    entry: startBefore(entry({ bind: () => named('othe').subarray(0, 67) })),
    rule: authentic,
  },
  {
    title: 'entry: the value of another vault',
    entry: startBefore(entry({ vaultId: otherBytes(16) })),
    rule: authentic,
  },
];

export const entryCases: readonly VectorCase[] = [...opening, ...malformed, ...notAuthentic];
