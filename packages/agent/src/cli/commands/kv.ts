import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { kvDeleteCommand } from '../kv/delete.ts';
import { kvExportCommand } from '../kv/export.ts';
import { kvGetCommand } from '../kv/get.ts';
import { kvImportCommand } from '../kv/import.ts';
import { kvListCommand } from '../kv/list.ts';
import { kvPutCommand } from '../kv/put.ts';
import { kvWatchCommand } from '../kv/watch.ts';
import { kvWhereCommand } from '../kv/where.ts';

/** `hearsay kv`: the state that the members of a pool gossip. */
export function kvCommand(context: CommandContext): Command {
  const command = new Command('kv')
    .summary('read, write and watch the state that members gossip')
    .description('Read, write and watch keys that spread to all members by gossip.')
    .helpCommand(false);
  const builders = [
    kvDeleteCommand,
    kvExportCommand,
    kvGetCommand,
    kvImportCommand,
    kvListCommand,
    kvPutCommand,
    kvWatchCommand,
    kvWhereCommand,
  ];
  for (const build of builders) command.addCommand(build(context));
  return addHelp(command, {
    notes: [
      'Shared keys are written by anyone, and the latest write wins; owned keys are those that a member',
      'writes for itself. After a write others show the old value for a while: about two seconds in a',
      'healthy pool of a thousand, and for as long as it lasts in a partition. Not for locks, leaders,',
      'counters or money. All of it is in docs/state.md.',
      '',
      'The agent must be one of ours, not started with -kv=false. Errors go to standard error.',
    ].join('\n'),
    examples: [
      ['hearsay kv put motd \'"back at noon"\'', 'write'],
      ['hearsay kv get motd', 'read, on any member'],
      ['hearsay kv where motd', 'who has it'],
    ],
    exits: [ExitCode.ok, ExitCode.noCommand],
  });
}
