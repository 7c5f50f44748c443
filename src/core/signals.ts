/** Signals by the names that a profile may use; a process can be asked by any of them to end or to read its configuration again. */

export const signalNumbers = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  KILL: 9,
  USR1: 10,
  USR2: 12,
  TERM: 15,
} as const;

export type SignalName = keyof typeof signalNumbers;

export const signalNames = Object.keys(signalNumbers) as readonly SignalName[];
