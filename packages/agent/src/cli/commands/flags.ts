import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { flagsExplainCommand } from '../feature-flags/explain.ts';
import { flagsLsCommand } from '../feature-flags/ls.ts';
import { flagsSetCommand } from '../feature-flags/set.ts';
import { addHelp } from '../help.ts';

/** `hearsay flags`: feature flags, which are shared keys. */
export function flagsCommand(context: CommandContext): Command {
  const command = new Command('flags')
    .summary('list, set and explain feature flags')
    .description('List, set and explain feature flags. A flag is a JSON document under the shared key flags/NAME.')
    .helpCommand(false)
    .addCommand(flagsExplainCommand(context))
    .addCommand(flagsLsCommand(context))
    .addCommand(flagsSetCommand(context));
  return addHelp(command, {
    notes:
      'To delete a flag, delete its key: `hearsay kv delete flags/NAME`. To follow them: `hearsay kv watch flags/`.',
    examples: [
      ['hearsay flags set new-ui -rollout on=20', 'on for a fifth'],
      ['hearsay flags explain new-ui -key=user-17', 'is this one in it?'],
      ['hearsay flags ls', 'what there is'],
    ],
    exits: [ExitCode.ok, ExitCode.noCommand],
  });
}
