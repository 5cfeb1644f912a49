import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { usageError } from '../rpc/serf-error.ts';

interface ForceLeaveFlags extends AgentFlags {
  readonly prune?: boolean;
}

/** `hearsay force-leave`: gives up on a failed member. */
export function forceLeaveCommand(context: CommandContext): Command {
  const command = new Command('force-leave')
    .summary('count a failed member as one that left')
    .description('Count a failed member as one that left, in the whole pool, so that nobody tries to reach it again.')
    .usage('[flags] <name>')
    .argument('[name]', 'name of the member')
    .allowExcessArguments()
    .option('--prune', 'forget the member altogether');
  addAgentFlags(command, '1m').action(action(context, forceLeave));
  return addHelp(command, {
    notes: 'A member that is alive denies it and stays. A name that nobody knows is no error.',
    examples: [
      ['hearsay force-leave web-3', 'the machine will not come back'],
      ['hearsay force-leave -prune web-3', 'and it is to vanish from the list at once'],
    ],
    exits: agentExits,
  });
}

async function forceLeave({ flags, args, io }: Call<ForceLeaveFlags>): Promise<void> {
  const [name] = args;
  if (name === undefined || args.length > 1) throw usageError('A node name must be specified to force leave.');
  const prune = flags.prune === true;
  await askAgent({ flags, io }, (client) => inWords('Error force leaving', client.forceLeave(name, { prune })));
  if (flags.json === true) io.out(json({ schema: 'hearsay/force-leave/1', name, prune }));
}
