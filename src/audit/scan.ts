/** Walks the log from one position to its end with constant memory, checking every record on the way. */
import { type ChainPosition, chainRules, checkLine, type SealedLine, type VerifyKeys } from './chain.ts';

const NEWLINE = 0x0a;
/** Room for every group that is ever written at once, so that its torn rest fits too. */
export const scanBufferBytes = 1024 * 1024;
/** A writer may be in the middle of a line: so often is the end of the file asked again before the line counts as torn. */
const END_OF_FILE_LOOKS = 32;

export interface ChainSource {
  read(into: Uint8Array, position: number): Promise<number>;
}

export interface ScanRequest {
  readonly source: ChainSource;
  readonly keys: VerifyKeys;
  readonly from: ChainPosition;
  /** Where the log must at least reach, exactly so. */
  readonly head?: ChainPosition | undefined;
  readonly onRecord?: (line: SealedLine) => void;
}

export type ScanResult =
  /** `tornBytes` lie behind the last newline. */
  | { readonly kind: 'ok'; readonly end: ChainPosition; readonly tornBytes: number }
  /** `seq` is the number that the record on `line` (counted from 1) must have. */
  | { readonly kind: 'broken'; readonly seq: number; readonly line: number; readonly rule: string };

export const scanRules = {
  head: 'the record is not the one that the head names',
  short: 'the log ends before its head',
} as const;

/** Throws what `source.read` throws. */
export async function scanChain(request: ScanRequest): Promise<ScanResult> {
  const { source, head } = request;
  const buffer = Buffer.allocUnsafe(scanBufferBytes);
  let end = request.from;
  let held = 0;
  let looks = 0;
  while (looks < END_OF_FILE_LOOKS) {
    const count = await source.read(buffer.subarray(held), end.bytes + held);
    if (count === 0 && held === 0) break;
    looks = count === 0 ? looks + 1 : 0;
    held += count;
    const step = takeLines(buffer.subarray(0, held), end, request);
    if (step.rule !== undefined) return brokenAt(step.end.seq + 1, step.rule);
    const used = step.end.bytes - end.bytes;
    buffer.copyWithin(0, used, held);
    held -= used;
    end = step.end;
    if (held === buffer.length) return brokenAt(end.seq + 1, chainRules.tooLong);
  }
  if (head !== undefined && head.seq > end.seq) return brokenAt(end.seq + 1, scanRules.short);
  return { kind: 'ok', end, tornBytes: held };
}

function takeLines(
  bytes: Buffer,
  from: ChainPosition,
  request: ScanRequest,
): { readonly end: ChainPosition; readonly rule?: string } {
  let end = from;
  let start = 0;
  for (let stop = bytes.indexOf(NEWLINE); stop !== -1; stop = bytes.indexOf(NEWLINE, start)) {
    const line = checkLine(bytes.subarray(start, stop), request.keys);
    if (typeof line === 'string') return { end, rule: line };
    if (line.seq !== end.seq + 1) return { end, rule: chainRules.seq };
    if (line.prev !== end.hash) return { end, rule: chainRules.prev };
    start = stop + 1;
    const next = { seq: line.seq, bytes: from.bytes + start, hash: line.hash, mac: line.mac };
    if (request.head?.seq === next.seq && !isSamePosition(request.head, next))
      return { end, rule: scanRules.head };
    end = next;
    request.onRecord?.(line);
  }
  return { end };
}

export function isSamePosition(one: ChainPosition, other: ChainPosition): boolean {
  return (
    one.seq === other.seq && one.bytes === other.bytes && one.hash === other.hash && one.mac === other.mac
  );
}

/** Numbers have no gaps, so a record's number is also its line. */
function brokenAt(seq: number, rule: string): ScanResult {
  return { kind: 'broken', seq, line: seq, rule };
}
