/** The walk over a log whose reads come in pieces, as while it is being written. */
import test, { type ExecutionContext } from 'ava';
import { chainStart } from '../../src/audit/chain.ts';
import { loadVerifyKeys } from '../../src/audit/keys.ts';
import { type ScanResult, scanChain } from '../../src/audit/scan.ts';
import { readLog, writeLog } from './log-directory.ts';

/** So often a writer in the middle of a line is waited for: a look less than a torn line takes. */
const pauses = 31;

/** Gives the log in pieces of `pieceBytes`, each behind so many reads that find nothing. */
async function scanPieces(
  t: ExecutionContext,
  { pieceBytes, pausesBetween, cut = 0 }: { pieceBytes: number; pausesBetween: number; cut?: number },
): Promise<{ readonly found: ScanResult; readonly emptyReads: number }> {
  const directory = await writeLog(t, 3);
  const whole = readLog(directory);
  const bytes = whole.subarray(0, whole.length - cut);
  let [emptyReads, paused] = [0, 0];
  const found = await scanChain({
    source: {
      async read(into, position) {
        const isDue = position === 0 || paused === pausesBetween;
        if (!isDue || position >= bytes.length) {
          paused++;
          emptyReads++;
          return 0;
        }
        paused = 0;
        return bytes.subarray(position, position + pieceBytes).copy(into);
      },
    },
    keys: await loadVerifyKeys(directory, 'read'),
    from: chainStart,
  });
  return { found, emptyReads };
}

test('a line that comes in pieces is whole, however often there is nothing in between', async (t) => {
  // No piece ends where a line does, so that a rest is always held.
  const { found } = await scanPieces(t, { pieceBytes: 101, pausesBetween: pauses });
  t.like(found, { kind: 'ok', end: { seq: 5 }, tornBytes: 0 });
});

test('the end of a log is asked for once', async (t) => {
  const { found, emptyReads } = await scanPieces(t, { pieceBytes: 1 << 20, pausesBetween: 0 });
  t.like(found, { kind: 'ok', end: { seq: 5 }, tornBytes: 0 });
  t.is(emptyReads, 1);
});

test('a line without its end is torn once nothing more has come for as long', async (t) => {
  const { found, emptyReads } = await scanPieces(t, { pieceBytes: 1 << 20, pausesBetween: 0, cut: 7 });
  t.like(found, { kind: 'ok', end: { seq: 4 } });
  t.true(found.kind === 'ok' && found.tornBytes > 0);
  t.is(emptyReads, pauses + 1);
});
