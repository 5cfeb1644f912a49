import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { usageError } from '../rpc/serf-error.ts';

interface JoinFlags extends AgentFlags {
  readonly replay?: boolean;
}

/** `hearsay join`: makes a running agent part of a pool. */
export function joinCommand(context: CommandContext): Command {
  const command = new Command('join')
    .summary('let an agent join a pool')
    .description('Let a running agent join a pool through any of its members.')
    .usage('[flags] <address>...')
    .argument('[address...]', 'gossip address of a member, host[:port]')
    .option('--replay', 'deliver the user events of before the join too');
  addAgentFlags(command, '1m').action(action(context, join));
  return addHelp(command, {
    notes: 'One address that answers is enough. Several make it likely that one does.',
    examples: [['hearsay join 10.0.0.7 10.0.0.8:7946', 'two members to try']],
    exits: agentExits,
  });
}

async function join({ flags, args: addresses, io }: Call<JoinFlags>): Promise<void> {
  if (addresses.length === 0) throw usageError('At least one address to join must be specified.');
  const replay = flags.replay === true;
  const contacted = await askAgent({ flags, io }, (client) =>
    inWords('Error joining the cluster', client.join(addresses, { replay })),
  );
  if (flags.json === true) io.out(json({ schema: 'hearsay/join/1', addresses, replay, contacted }));
  else io.out(`Successfully joined cluster by contacting ${contacted} nodes.\n`);
}
