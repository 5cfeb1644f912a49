import { Argument, Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';

/** `hearsay completion`: a script that teaches a shell our commands and flags. */
export function completionCommand({ io }: CommandContext): Command {
  const command = new Command('completion')
    .summary('print a completion script for a shell')
    .description('Print a script that lets a shell complete commands, flags and their values.')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../completion/completion-script.ts');
      io.out(completionScript(command.parent!, shell));
    });
  return addHelp(command, {
    notes: [
      'bash: source <(hearsay completion bash), in ~/.bashrc.',
      'zsh:  source <(hearsay completion zsh), in ~/.zshrc after compinit.',
      'fish: hearsay completion fish > ~/.config/fish/completions/hearsay.fish',
    ].join('\n'),
    examples: [['hearsay completion bash > /etc/bash_completion.d/hearsay', 'for all users of this machine']],
    exits: [ExitCode.ok, [ExitCode.failed, 'no such shell']],
  });
}
