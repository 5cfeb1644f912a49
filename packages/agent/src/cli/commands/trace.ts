import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { traceEventCommand } from '../trace/event.ts';
import { traceKvCommand } from '../trace/kv.ts';

/** `hearsay trace`: how a rumor goes through the pool. */
export function traceCommand(context: CommandContext): Command {
  const command = new Command('trace')
    .summary('send a rumor and see how it spreads')
    .description('Send an event or write a value, and see how it goes from member to member, held against theory.')
    .helpCommand(false);
  for (const build of [traceEventCommand, traceKvCommand]) command.addCommand(build(context));
  return addHelp(command, {
    notes: [
      'Every agent of ours remembers what it heard first, from whom, and when it passed it on. After the',
      'rumor has spread the agent asks all of them. Shown are the infection curve with what theory says',
      'for so many members, who told whom, and who was late and why: lost packets, a process that got no',
      'time, or messages that had to wait their turn. All of it is in docs/trace.md.',
    ].join('\n'),
    examples: [
      ['hearsay trace event ping', 'an event'],
      ['hearsay trace kv probe/spread 1', 'a write'],
    ],
    exits: [ExitCode.ok, ExitCode.noCommand],
  });
}
