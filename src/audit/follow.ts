/** The log as it grows, also across its replacement. */
import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { escapeUnprintable, LineCutter, readLines } from './lines.ts';
import { openLogForReading } from './open-log.ts';
import { findOwnedFile, openOwnedDirectory } from './owned-file.ts';
import { auditPaths } from './store.ts';
import { findLastLines } from './tail.ts';

export type FollowNotice = 'gone' | 'replaced' | 'truncated';

export interface FollowRequest {
  readonly directory: string;
  /** So many lines that are there already come first. */
  readonly count: number;
  /** Safe for a terminal, as those of `readAuditTail`. */
  readonly onLine: (line: string) => void;
  readonly onNotice: (notice: FollowNotice) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when `signal` is aborted. Errors: `AUDIT_ABSENT`, `AUDIT_BROKEN` (the log is missing at the start), `STATE_UNSAFE`,
 * `AUDIT_UNAVAILABLE`, and what `onLine` throws.
 */
export async function followAuditLog(request: FollowRequest): Promise<void> {
  const follower = new Follower(request, await openLogForReading(request.directory));
  try {
    await follower.follow();
  } finally {
    await follower.close();
  }
}

/** INVARIANT: `#position` is where the next read begins; `#cutter` holds what came before it without a newline. */
class Follower {
  readonly #request: FollowRequest;
  readonly #cutter = new LineCutter();
  readonly #watchers: FSWatcher[] = [];
  #handle: FileHandle;
  #position = 0;
  #isGone = false;
  #isChanged = false;
  #wake = () => {};

  constructor(request: FollowRequest, handle: FileHandle) {
    this.#request = request;
    this.#handle = handle;
  }

  async follow(): Promise<void> {
    const { count, signal } = this.#request;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    // ORDER: watched before it is read, so that nothing comes in between unseen.
    this.#watch();
    this.#position = await findLastLines(this.#handle, count);
    while (!signal.aborted) {
      await this.#catchUp();
      await this.#untilChanged();
    }
  }

  async close(): Promise<void> {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    await this.#handle.close();
  }

  /** Names are watched, not the file: a log under the same name may be another one. The parent tells when the directory comes back. */
  #watch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
    const { directory } = this.#request;
    for (const path of [dirname(directory), directory]) {
      try {
        const watcher = watch(path, () => this.#change());
        watcher.on('error', () => this.#change());
        this.#watchers.push(watcher);
      } catch {
        // It is gone; its parent, or the next look, says when it is back.
      }
    }
  }

  #change(): void {
    this.#isChanged = true;
    this.#wake();
  }

  #untilChanged(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isChanged || this.#request.signal.aborted) resolve();
      this.#isChanged = false;
    });
  }

  async #catchUp(): Promise<void> {
    await this.#readOn();
    const next = await this.#findReplacement();
    if (next === undefined) return;
    await this.#handle.close();
    this.#handle = next;
    this.#restart('replaced');
    this.#watch();
    await this.#readOn();
  }

  async #readOn(): Promise<void> {
    if ((await this.#handle.stat()).size < this.#position) this.#restart('truncated');
    this.#position = await readLines(this.#handle, this.#cutter, this.#position, (line) =>
      this.#request.onLine(escapeUnprintable(line)),
    );
  }

  #restart(notice: FollowNotice): void {
    this.#position = 0;
    this.#cutter.reset();
    this.#request.onNotice(notice);
  }

  /** undefined: the name leads to the file that is followed, or to none. */
  async #findReplacement(): Promise<FileHandle | undefined> {
    const { log } = auditPaths(this.#request.directory);
    const mine = await this.#handle.stat();
    let named = await lstat(log).catch(() => undefined);
    if (named === undefined) {
      // ORDER: a directory that came back is watched before it is looked into.
      this.#watch();
      named = await lstat(log).catch(() => undefined);
    }
    const wasGone = this.#isGone;
    this.#isGone = named === undefined;
    if (this.#isGone && !wasGone) this.#request.onNotice('gone');
    // What was moved away and back is the same file again, but its directory is not watched any more.
    if (wasGone && !this.#isGone) {
      this.#watch();
      this.#change();
    }
    if (named === undefined) return undefined;
    if (named.ino === mine.ino && named.dev === mine.dev) return undefined;
    await (await openOwnedDirectory(this.#request.directory, 'read')).close();
    return findOwnedFile(log, 'read');
  }
}
