/** Exit codes of every verb, declared once; docs/exit-codes.md is pinned to this table. */

export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  general: { code: 1, meaning: 'failed; the message says why' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  unreachable: { code: 69, meaning: 'the daemon cannot be reached' },
  pending: { code: 75, meaning: 'waits for approval, or try again' },
  refused: { code: 77, meaning: 'refused' },
  configuration: { code: 78, meaning: 'a profile, the configuration or a state file is wrong' },
  timedOut: { code: 124, meaning: '`run`: reserved for a time limit, which this version does not have' },
  launchFailed: {
    code: 125,
    meaning:
      '`run`: agentkeys itself failed or refused; no agent was started, or the error says that its status is lost',
  },
  notExecutable: { code: 126, meaning: '`run`: the command was found but cannot be executed' },
  notFound: { code: 127, meaning: '`run`: the command was not found' },
} as const;

export type ExitName = keyof typeof exitCodes;
