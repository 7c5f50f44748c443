/** The real file, with calls that fail, write short or hang when the test says so. */
import { type AuditFile, type OpenAuditFile, openAuditFile } from '../../src/audit/audit-file.ts';

type Fault = (done: () => Promise<number>) => Promise<number>;

export interface FaultyFile {
  readonly open: OpenAuditFile;
  /** Calls so far, in order: `open`, `write:BYTES`, `sync`. */
  readonly calls: string[];
  /** What the next calls do instead; empty: the real thing. */
  readonly nextWrites: ((bytes: Uint8Array, position: number, file: AuditFile) => Promise<number>)[];
  readonly nextSyncs: Fault[];
  readonly nextOpens: (() => void)[];
}

export function createFaultyFile(): FaultyFile {
  const faulty: FaultyFile = { open, calls: [], nextWrites: [], nextSyncs: [], nextOpens: [] };

  async function open(path: string): Promise<AuditFile> {
    faulty.calls.push('open');
    faulty.nextOpens.shift()?.();
    const file = await openAuditFile(path);
    return {
      ...file,
      write(bytes, position) {
        faulty.calls.push(`write:${bytes.length}`);
        const fault = faulty.nextWrites.shift();
        return fault === undefined ? file.write(bytes, position) : fault(bytes, position, file);
      },
      async datasync() {
        faulty.calls.push('sync');
        const sync = async (): Promise<number> => {
          await file.datasync();
          return 0;
        };
        await (faulty.nextSyncs.shift() ?? ((real: typeof sync) => real()))(sync);
      },
    };
  }

  return faulty;
}

export interface Gate {
  readonly fault: Fault;
  /** The operation was asked for. */
  readonly started: Promise<void>;
  /** The operation's outcome was handed over, and whoever waited for it has acted on it. */
  readonly settled: Promise<void>;
  release(): void;
  fail(): void;
}

/** An operation that reports its start and then waits for the test. */
export function createGate(): Gate {
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<void>();
  return {
    started: started.promise,
    settled: settled.promise,
    release: go.resolve,
    fail: () => go.reject(diskError('EIO')),
    async fault(done) {
      started.resolve();
      try {
        await go.promise;
        return await done();
      } finally {
        setImmediate(settled.resolve);
      }
    },
  };
}

export function diskError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
