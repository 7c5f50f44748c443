/** What the program reads beside its command line: files and environment variables. Help and man pages show it. */

export interface Surrounding {
  readonly name: string;
  readonly does: string;
  /** Shown in the overview too. */
  readonly isBrief?: true;
}

export const environmentVariables: readonly Surrounding[] = [
  {
    name: 'AGENTKEYS_HOME',
    does: 'an absolute path: config, state and run lie under it, and a daemon of its own serves them',
    isBrief: true,
  },
  { name: 'XDG_CONFIG_HOME', does: 'holds agentkeys/profiles; ~/.config if absent' },
  { name: 'XDG_STATE_HOME', does: 'holds agentkeys/vault and agentkeys/audit; ~/.local/state if absent' },
  {
    name: 'XDG_RUNTIME_DIR',
    does: 'holds agentkeys/agentkeys.sock; the state directory if absent',
  },
  { name: 'NO_COLOR', does: 'not empty: no colour, unless --color asks for it', isBrief: true },
  { name: 'FORCE_COLOR', does: 'not empty and not 0: colour on pipes and files too; 0: none' },
  { name: 'CLICOLOR_FORCE', does: 'the same as FORCE_COLOR, which wins' },
  { name: 'TERM', does: 'dumb: no colour' },
];

export const files: readonly Surrounding[] = [
  { name: '~/.config/agentkeys/profiles/NAME.toml', does: 'your profiles' },
  { name: '/etc/agentkeys/profiles/NAME.toml', does: 'profiles of the machine' },
  { name: '~/.local/state/agentkeys/vault/', does: 'the sealed credentials' },
  { name: '~/.local/state/agentkeys/audit/', does: 'the record' },
  { name: '$XDG_RUNTIME_DIR/agentkeys/agentkeys.sock', does: 'the socket of the daemon' },
];
