import { Command } from 'commander';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';

/** `hearsay help packet decode`: the same as `hearsay packet decode --help`. */
export function helpCommand(): Command {
  const command = new Command('help')
    .summary('explain a command')
    .description('Explain a command, or list them all.')
    .argument('[command...]', 'the words of the command')
    .action((words: readonly string[]) => {
      let target = command.parent!;
      for (const word of words) {
        const child = target.commands.find((candidate) => candidate.name() === word);
        if (child === undefined) throw new CliError(`there is no command '${words.join(' ')}'`, ExitCode.noCommand);
        target = child;
      }
      target.outputHelp();
    });
  return addHelp(command, {
    examples: [['hearsay help packet decode', 'the same as `hearsay packet decode --help`']],
    exits: [ExitCode.ok, ExitCode.noCommand],
  });
}
