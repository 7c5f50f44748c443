/** Connections with checked facts about who is at the other end. */
import { AgentKeysError } from '../core/errors.ts';
import { type Pid, parsePid, parseUid, type Uid } from '../core/ids.ts';
import type { Addon } from './addon.ts';

/** Who connected, as the kernel knew it then. `fd` and `pidfd` (-1: none on this kernel) are the receiver's to close. */
export interface Peer {
  readonly fd: number;
  readonly pid: Pid;
  readonly uid: Uid;
  readonly gid: number;
  readonly pidfd: number;
}

/**
 * The next connection, or undefined. Errors: `REQUEST_REFUSED` for a peer without a pid here (another pid namespace), with its
 * descriptors closed; a `NativeError` of accept4 (EMFILE: the connection stays in the queue).
 */
export function acceptPeer(addon: Addon, listenFd: number): Peer | undefined {
  const peer = addon.accept(listenFd);
  if (peer === undefined) return undefined;
  if (peer.pid > 0) return { ...peer, pid: parsePid(peer.pid), uid: parseUid(peer.uid) };
  if (peer.pidfd >= 0) addon.close(peer.pidfd);
  addon.close(peer.fd);
  throw new AgentKeysError('REQUEST_REFUSED');
}

/** A non-blocking connection and its server's uid; the caller checks the uid before it sends. Errors: a `NativeError` of connect. */
export function connectTo(addon: Addon, path: string): { readonly fd: number; readonly uid: Uid } {
  const { fd, uid } = addon.connect(path);
  return { fd, uid: parseUid(uid) };
}
