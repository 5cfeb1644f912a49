import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { addTraceFlags, traceAndTell, traceExits, type TraceFlags } from './run.ts';

/** `hearsay trace event`: a user event, and how it went. */
export function traceEventCommand(context: CommandContext): Command {
  const command = new Command('event')
    .summary('send an event and see how it spreads')
    .description('Send a user event to all members of the pool, and see who heard it when, and from whom.')
    .argument('<name>', 'name of the event')
    .argument('[payload]', 'what goes with it, as text');
  addTraceFlags(command).action(
    ownAction<TraceFlags>(context, (call) => {
      const [event, payload] = call.args as [string, string | undefined];
      return traceAndTell(call, { event, ...(payload !== undefined && { payload }) });
    }),
  );
  return addHelp(command, {
    notes: [
      'It is an event like any other: handlers of all members get it, those of Serf too. Agents of Serf',
      'pass it on, but cannot tell when they heard it.',
    ].join('\n'),
    examples: [['hearsay trace event ping', 'with a name that no handler acts on']],
    exits: traceExits,
  });
}
