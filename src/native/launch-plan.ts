/** The broker's side of native/core/plan.h: what it tells the spawner, and what it hears. */
import { AgentKeysError } from '../core/errors.ts';
import type { SessionId } from '../core/ids.ts';
import { parseSessionId } from '../core/ids.ts';

/** AK_WIRE_VERSION. */
const wireVersion = 2;
const headBytes = 16;
/** AK_MESSAGE_MAX and AK_LABEL_MAX. */
const maxMessageBytes = 65_536;
const maxLabelBytes = 20_480;
/** AK_LIMIT_ABSENT and AK_MASK_ABSENT: the agent gets the caller's. */
const absentLimit = 0xffff_ffff_ffff_ffffn;
const absentMask = 0xffff_ffff;

const types = {
  prepare: 1,
  commit: 2,
  go: 3,
  abort: 4,
  stop: 5,
  prepared: 16,
  failed: 17,
  mapped: 18,
  execed: 19,
  exited: 20,
  gone: 21,
  session: 22,
  stopping: 23,
  ready: 24,
} as const;

const inheritNumbers = { caller: 0, minimal: 1, none: 2 } as const;

/** What the child adds to and takes from the caller's environment, and which context it must find. Holds no value. */
export interface LaunchPlan {
  readonly session: SessionId;
  readonly contextDevice: bigint;
  readonly contextInode: bigint;
  readonly inherit: keyof typeof inheritNumbers;
  readonly pass: readonly string[];
  readonly unset: readonly string[];
  /** NAME=value; values of a profile, which are no secrets. */
  readonly set: readonly string[];
  /** Variables that the region will carry, in its order. */
  readonly secretNames: readonly string[];
  /** The spawner bounds each again. */
  readonly rules: AgentAttributes;
  /** Given back by the spawner to the next broker; at most 20480 bytes. */
  readonly label: string;
}

/** What a profile says of the agent itself. Absent: the caller's. */
export interface AgentAttributes {
  /** Absolute. */
  readonly cwd?: string;
  readonly umask?: number;
  /** Descriptors, soft and hard. */
  readonly nofile?: number;
  /** Bytes, soft and hard. */
  readonly core?: number;
}

/** The executable that the child found, before anything was released. */
export interface PreparedFacts {
  readonly pid: number;
  readonly monitorPid: number;
  readonly uid: number;
  readonly executable: {
    readonly path: string;
    readonly device: bigint;
    readonly inode: bigint;
    readonly byteLength: bigint;
    readonly modifiedNs: bigint;
  };
}

export type SpawnerMessage =
  | { readonly kind: 'prepared'; readonly session: SessionId; readonly facts: PreparedFacts }
  | { readonly kind: 'failed'; readonly session: SessionId; readonly stage: number; readonly errno: number }
  | { readonly kind: 'mapped' | 'gone'; readonly session: SessionId }
  | { readonly kind: 'execed'; readonly session: SessionId; readonly pid: number }
  | { readonly kind: 'exited'; readonly session: SessionId; readonly status: number }
  | {
      readonly kind: 'session';
      readonly session: SessionId;
      readonly pid: number;
      readonly monitorPid: number;
      readonly hasEnded: boolean;
      readonly label: string;
    }
  | { readonly kind: 'stopping' | 'ready' };

/** Errors: `LAUNCH_ENVIRONMENT` where the profile's lists do not fit one message. */
export function encodePrepare(plan: LaunchPlan): Buffer {
  const { cwd, umask, nofile, core } = plan.rules;
  const lists = [plan.pass, plan.unset, plan.set, plan.secretNames, cwd === undefined ? [] : [cwd]];
  const strings = Buffer.from(
    lists
      .flat()
      .map((text) => `${text}\0`)
      .join(''),
    'utf8',
  );
  const label = Buffer.from(plan.label, 'utf8');
  const fixed = Buffer.alloc(88);
  writeHead(fixed, types.prepare, plan.session);
  fixed.writeBigUInt64LE(plan.contextDevice, 16);
  fixed.writeBigUInt64LE(plan.contextInode, 24);
  fixed.writeBigUInt64LE(nofile === undefined ? absentLimit : BigInt(nofile), 32);
  fixed.writeBigUInt64LE(core === undefined ? absentLimit : BigInt(core), 40);
  fixed.writeUInt32LE(inheritNumbers[plan.inherit], 48);
  lists.forEach((list, index) => {
    fixed.writeUInt32LE(list.length, 52 + 4 * index);
  });
  fixed.writeUInt32LE(umask ?? absentMask, 72);
  fixed.writeUInt32LE(strings.length, 76);
  fixed.writeUInt32LE(label.length, 80);
  const message = Buffer.concat([fixed, strings, label]);
  if (message.length > maxMessageBytes || label.length > maxLabelBytes)
    throw new AgentKeysError('LAUNCH_ENVIRONMENT', { rule: 'the lists of the profile are too long' });
  return message;
}

/** `byteLength`: used bytes of the region; `count`: strings in it. */
export function encodeCommit(session: SessionId, byteLength: number, count: number): Buffer {
  const message = Buffer.alloc(24);
  writeHead(message, types.commit, session);
  message.writeUInt32LE(byteLength, 16);
  message.writeUInt32LE(count, 20);
  return message;
}

export function encodeOrder(order: 'go' | 'abort' | 'stop' | 'ready', session?: SessionId): Buffer {
  const message = Buffer.alloc(headBytes);
  writeHead(message, types[order], session);
  return message;
}

/** undefined: not a message of ours, or not of this version. */
export function parseSpawnerMessage(data: Buffer): SpawnerMessage | undefined {
  if (data.length < headBytes || data.readUInt16LE(0) !== wireVersion) return undefined;
  const type = data.readUInt16LE(2);
  if (type === types.stopping) return { kind: 'stopping' };
  if (type === types.ready) return { kind: 'ready' };
  const session = parseSessionId(data.readBigUInt64LE(8).toString(16).padStart(16, '0'));
  if (type === types.mapped) return { kind: 'mapped', session };
  if (type === types.gone) return { kind: 'gone', session };
  return data.length >= headBytes + 8 ? parseWithBody(type, session, data) : undefined;
}

function parseWithBody(type: number, session: SessionId, data: Buffer): SpawnerMessage | undefined {
  switch (type) {
    case types.failed:
      return { kind: 'failed', session, stage: data.readUInt32LE(16), errno: data.readInt32LE(20) };
    case types.execed:
      return { kind: 'execed', session, pid: data.readInt32LE(20) };
    case types.exited:
      return { kind: 'exited', session, status: data.readInt32LE(16) };
    case types.prepared:
      return data.length >= 80 ? { kind: 'prepared', session, facts: parsePrepared(data) } : undefined;
    case types.session:
      return data.length >= 32 ? parseSession(session, data) : undefined;
    default:
      return undefined;
  }
}

function parsePrepared(data: Buffer): PreparedFacts {
  return {
    pid: data.readInt32LE(16),
    monitorPid: data.readInt32LE(20),
    uid: data.readUInt32LE(24),
    executable: {
      device: data.readBigUInt64LE(32),
      inode: data.readBigUInt64LE(40),
      byteLength: data.readBigUInt64LE(48),
      modifiedNs: data.readBigInt64LE(56),
      path: data.toString('utf8', 80, 80 + data.readUInt32LE(72)),
    },
  };
}

function parseSession(session: SessionId, data: Buffer): SpawnerMessage {
  return {
    kind: 'session',
    session,
    pid: data.readInt32LE(16),
    monitorPid: data.readInt32LE(20),
    hasEnded: data.readUInt32LE(24) !== 0,
    label: data.toString('utf8', 32, 32 + data.readUInt32LE(28)),
  };
}

/** Little-endian: the only machines that the native programs are built for. */
function writeHead(message: Buffer, type: number, session?: SessionId): void {
  message.writeUInt16LE(wireVersion, 0);
  message.writeUInt16LE(type, 2);
  message.writeBigUInt64LE(session === undefined ? 0n : BigInt(`0x${session}`), 8);
}
