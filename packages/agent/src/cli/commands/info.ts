import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { outputFormat } from '../rpc/output-format.ts';
import { infoJson, infoText, sortedStats } from '../serf/info-text.ts';

interface InfoFlags extends AgentFlags {
  readonly format: string;
}

/** `hearsay info`: what an agent says of itself. */
export function infoCommand(context: CommandContext): Command {
  const command = new Command('info')
    .summary('show what an agent says of itself')
    .description('Show what an agent says of itself: its name, tags, event handlers, clocks, queues and counts.')
    .allowExcessArguments()
    .option('--format <format>', 'text, or json as `serf` writes it', 'text');
  addAgentFlags(command).action(action(context, show));
  return addHelp(command, {
    examples: [
      ['hearsay info', 'everything, in groups'],
      ['hearsay info -rpc-addr=/run/hearsay.sock --json', 'for programs, over a Unix socket'],
    ],
    exits: agentExits,
  });
}

async function show({ flags, io }: Call<InfoFlags>): Promise<void> {
  const format = outputFormat(flags);
  const stats = await askAgent({ flags, io }, (client) => inWords('Error querying agent', client.stats()));
  if (format === 'text') io.out(infoText(stats));
  else if (format === 'serf-json') io.out(infoJson(stats));
  else io.out(json({ schema: 'hearsay/info/1', stats: sortedStats(stats) }));
}
