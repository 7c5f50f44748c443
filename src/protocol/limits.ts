/** Every limit of the request socket, declared once; docs/protocol.md lists them. */

/** Raised when a frame or a request changes its meaning. */
export const protocolVersion = 1;

export const limits = {
  /** Bytes of one frame's payload, in either direction. */
  maxPayloadBytes: 65_536,
  /** Bytes of the first frame's payload: nobody has said hello yet. */
  maxHelloBytes: 256,
  maxDescriptorsPerFrame: 4,
  /** Requests of one connection that are not finished. */
  maxOpenRequests: 16,
  /** Answers of one connection that the kernel has not taken yet; a reader that lets more wait is dropped. */
  maxQueuedAnswerBytes: 262_144,
  /** From the first byte of a frame to its last, and from an answer to its reader taking it. */
  frameDeadlineMs: 10_000,
  /** A connection without an open request. */
  idleDeadlineMs: 60_000,
  /**
   * At this number a new caller takes the place of the oldest connection without an open request; while there is none, callers wait in
   * the kernel's queue. There is no smaller share for a uid: only one is served.
   */
  maxConnections: 256,
  /** Values on their way into the vault at once, over all connections: each holds locked memory. */
  maxOpenStores: 16,
  /** From opening a value's pipe to its last byte. */
  valueDeadlineMs: 600_000,
  maxValueBytes: 65_535,
} as const;
