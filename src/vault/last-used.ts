/** When each credential was last revealed: kept in memory, on the disk within a second. For people; the audit log is the record. */
import type { Clock } from '../core/clock.ts';
import { isAgentKeysError } from '../core/errors.ts';
import { parseServiceName, type ServiceName } from '../core/ids.ts';
import { writeAll, writeAtomically } from './atomic-write.ts';
import { lastUsedPath, vaultPath } from './paths.ts';
import { errnoCode } from './rules.ts';
import { checkStateDirectory, readWhole, useStateFile } from './state-file.ts';

/** A launch must not wait for a disk because of a remark for people: many uses make one write. */
const writeAfterMs = 1000;
const closeDeadlineMs = 2000;
const maxFileBytes = 1_048_576;

export interface LastUsedCollaborators {
  readonly directory: string;
  readonly clock: Clock;
  /** For the operator's log. */
  readonly warn: (event: string) => void;
}

/** INVARIANT: at most one write is on its way, and at most one waits for its time. */
export class LastUsed {
  readonly #collaborators: LastUsedCollaborators;
  readonly #times: Map<ServiceName, number>;
  #cancelWait: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isBehind = false;

  /** A file that cannot be believed is as none: nothing depends on it. */
  constructor(collaborators: LastUsedCollaborators) {
    this.#collaborators = collaborators;
    this.#times = readTimes(collaborators);
  }

  find(service: ServiceName): number | undefined {
    return this.#times.get(service);
  }

  note(service: ServiceName): void {
    this.#times.set(service, Math.trunc(this.#collaborators.clock.nowMs()));
    this.#writeSoon();
  }

  /** A name that is removed, or stored for the first time, has no past. */
  forget(service: ServiceName): void {
    if (this.#times.delete(service)) this.#writeSoon();
  }

  /** Writes what is not written yet. A disk that does not answer is given up. */
  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#collaborators.clock.after(closeDeadlineMs, resolve);
    await Promise.race([this.#writeRest(), late]);
    cancel();
  }

  async #writeRest(): Promise<void> {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    await this.#writing;
    if (this.#isBehind) await this.#write();
  }

  #writeSoon(): void {
    this.#isBehind = true;
    this.#cancelWait ??= this.#collaborators.clock.after(writeAfterMs, () => {
      this.#cancelWait = undefined;
      this.#writing = (this.#writing ?? Promise.resolve()).then(() => this.#write());
    });
  }

  async #write(): Promise<void> {
    const { directory, warn } = this.#collaborators;
    this.#isBehind = false;
    const bytes = Buffer.from(formatTimes(this.#times));
    try {
      if (!checkStateDirectory(vaultPath(directory))) return;
      await writeAtomically({
        directory,
        name: lastUsedPath(directory).name,
        mayReplace: true,
        mayBeLost: true,
        fill: (file) => writeAll(file, bytes),
      });
    } catch (error) {
      // Tried again with the next use; a full disk shows in the audit log, where it counts.
      if (!isAgentKeysError(error)) throw error;
      warn('vault.last_used_unwritten');
    }
  }
}

function readTimes({ directory, warn }: LastUsedCollaborators): Map<ServiceName, number> {
  const file = lastUsedPath(directory);
  try {
    const bytes = useStateFile(file, (opened) =>
      readWhole(opened, file.label, { minBytes: 2, maxBytes: maxFileBytes }),
    );
    return bytes === undefined ? new Map() : parseTimes(bytes.toString('utf8'));
  } catch (error) {
    if (!isAgentKeysError(error) && !(error instanceof SyntaxError) && errnoCode(error) === undefined)
      throw error;
    warn('vault.last_used_ignored');
    return new Map();
  }
}

/** Hostile input. Errors: `SyntaxError`, `NAME_INVALID`. */
function parseTimes(text: string): Map<ServiceName, number> {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new SyntaxError();
  return new Map(Object.entries(parsed).map(([name, time]) => [parseServiceName(name), parseTime(time)]));
}

function parseTime(value: unknown): number {
  const timeMs = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  // Only what this program writes: a date in any other form may mean another time.
  if (Number.isNaN(timeMs) || new Date(timeMs).toISOString() !== value) throw new SyntaxError();
  return timeMs;
}

function formatTimes(times: ReadonlyMap<ServiceName, number>): string {
  const rows = [...times].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(rows.map(([name, timeMs]) => [name, new Date(timeMs).toISOString()])))}\n`;
}
