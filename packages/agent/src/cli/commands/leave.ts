import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';

/** `hearsay leave`: ends an agent the polite way. */
export function leaveCommand(context: CommandContext): Command {
  const command = new Command('leave')
    .summary('let an agent leave its pool and end')
    .description('Let an agent tell the others that it leaves, and end.')
    .allowExcessArguments();
  addAgentFlags(command, '1m').action(action(context, leave));
  return addHelp(command, {
    notes: 'It returns when the others have been told; the agent then ends by itself.',
    examples: [['hearsay leave', 'before a machine is switched off']],
    exits: agentExits,
  });
}

async function leave({ flags, io }: Call<AgentFlags>): Promise<void> {
  await askAgent({ flags, io }, (client) => inWords('Error leaving', client.leave()));
  io.out(flags.json === true ? json({ schema: 'hearsay/leave/1', left: true }) : 'Graceful leave complete\n');
}
