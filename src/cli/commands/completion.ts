/** `completion`: a script that makes a shell complete our verbs, options and names. */
import { exitCodes } from '../../core/exit-codes.ts';
import type { CommandMeta, Invocation } from '../command.ts';

export const meta: CommandMeta = {
  name: 'completion',
  group: 'program',
  summary: 'print a completion script for a shell',
  arguments: [{ name: 'SHELL', summary: 'for which', choices: ['bash', 'zsh', 'fish'] }],
  options: [],
  examples: [
    { line: 'eval "$(agentkeys completion bash)"', does: 'in ~/.bashrc' },
    { line: 'eval "$(agentkeys completion zsh)"', does: 'in ~/.zshrc, after compinit' },
    {
      line: 'agentkeys completion fish > ~/.config/fish/completions/agentkeys.fish',
      does: 'once, and after every update',
    },
  ],
  notes: [
    'profiles and credentials are completed from the names of their files; no daemon is started or asked',
    'what follows run -- is completed as that command; in bash this needs the package bash-completion',
  ],
};

export async function run({ arguments: [shell], commands, voice }: Invocation): Promise<number> {
  const metas = await Promise.all(commands.map(async (entry) => (await entry.load()).meta));
  // Help loads this file for its words alone.
  const { createCompletionModel } = await import('../completion/model.ts');
  const model = createCompletionModel(metas);
  if (shell === 'bash') voice.say((await import('../completion/bash.ts')).formatBash(model));
  if (shell === 'zsh') voice.say((await import('../completion/zsh.ts')).formatZsh(model));
  if (shell === 'fish') voice.say((await import('../completion/fish.ts')).formatFish(model));
  return exitCodes.ok.code;
}
