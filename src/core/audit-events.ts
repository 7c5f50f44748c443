/** The kinds of records in the audit log, but for anchors. */

/** Add names at the end of their line of life; a name that was ever written stays. `anchor` is the log's own. */
export const auditEventNames = [
  'start',
  'stop',
  'init',
  'store',
  'remove',
  'unlock',
  'lock',
  'fetch',
  'grant',
  'deliver',
  'drop',
  'evict',
  'read',
  'approve',
  'deny',
  'refuse',
  'revoke',
  'exec',
  'exit',
] as const;

export type AuditEventName = (typeof auditEventNames)[number];
