import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { takeFlagsFirst } from '../flags.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { usageError } from '../rpc/serf-error.ts';

interface EventFlags extends AgentFlags {
  readonly coalesce: boolean;
}

/** `hearsay event`: tells the whole pool that something happened. */
export function eventCommand(context: CommandContext): Command {
  const command = new Command('event')
    .summary('send an event through the pool')
    .description('Send a user event to all members of the pool.')
    .usage('[flags] <name> [payload]')
    .argument('[name]', 'name of the event')
    .argument('[payload]', 'what goes with it, as text')
    .allowExcessArguments()
    .option('--coalesce', 'receivers may keep only the latest of several events of this name', true)
    .option('--no-coalesce', 'every event counts: -coalesce=false');
  addAgentFlags(takeFlagsFirst(command)).action(action(context, fire));
  return addHelp(command, {
    notes: [
      'Flags come before the name; what follows it is taken as it stands, also when it starts with a',
      'dash. Name and payload together may have 512 bytes, unless the agents are set up otherwise.',
    ].join('\n'),
    examples: [
      ['hearsay event deploy 1.4.2', 'event handlers of all members get it'],
      ['hearsay event -coalesce=false restart', 'every one of several restarts is delivered'],
    ],
    exits: agentExits,
  });
}

async function fire({ flags, args, io }: Call<EventFlags>): Promise<void> {
  const [name, payload] = args;
  if (name === undefined) throw usageError('An event name must be specified.');
  if (args.length > 2) throw usageError('Too many command line arguments. Only a name and payload must be specified.');
  const { coalesce } = flags;
  await askAgent({ flags, io }, (client) => inWords('Error sending event', client.event(name, payload, { coalesce })));
  if (flags.json === true) io.out(json({ schema: 'hearsay/event/1', name, payload: payload ?? '', coalesce }));
  else io.out(`Event '${name}' dispatched! Coalescing enabled: ${coalesce}\n`);
}
