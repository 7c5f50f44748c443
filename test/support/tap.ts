/** Reads what `ava --tap` prints, line by line. */

export interface TapCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface TapEvents {
  /** The lines of one failed test: its title, then its details. */
  onFailed(lines: readonly string[]): void;
  onSkipped(title: string): void;
  /** After each test. */
  onTest(counts: TapCounts): void;
}

export interface TapReader {
  push(line: string): void;
  /** `hasEnded` is false if ava stopped before it had printed its own counts. */
  finish(): TapCounts & { readonly hasEnded: boolean };
}

const result = /^(ok|not ok) \d+ - (.*?)(?: # (SKIP|TODO))?$/;

export function createTapReader(events: TapEvents): TapReader {
  let [passed, failed, skipped, ownFailed] = [0, 0, 0, 0];
  let hasEnded = false;
  let isInDetails = false;
  let details: string[] = [];

  function endFailure(): void {
    if (details.length > 0) events.onFailed(details);
    details = [];
  }

  function count(verdict: string, title: string, directive: string | undefined): void {
    if (directive !== undefined) {
      skipped++;
      events.onSkipped(title);
    } else if (verdict === 'ok') {
      passed++;
    } else {
      failed++;
      details = [title];
    }
    events.onTest({ passed, failed, skipped });
  }

  return {
    push(line) {
      // Details have empty lines and lines that look like results: only their own end ends them.
      isInDetails = line === '  ---' || (isInDetails && line !== '  ...');
      if (details.length > 0 && (isInDetails || line === '  ...' || line.startsWith('#  '))) {
        details.push(line);
        return;
      }
      const found = result.exec(line);
      endFailure();
      if (found !== null) count(found[1] ?? '', found[2] ?? '', found[3]);
      const total = /^# fail (\d+)/.exec(line);
      if (total === null) return;
      hasEnded = true;
      ownFailed = Number(total[1]);
    },
    finish() {
      endFailure();
      // Tests that never ran because their file ended are in ava's count only.
      return { passed, failed: Math.max(failed, ownFailed), skipped, hasEnded };
    },
  };
}
