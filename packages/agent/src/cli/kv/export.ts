import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { exportLine } from './export-lines.ts';
import { ownAction } from './own-action.ts';

/** `hearsay kv export`: the shared map, to be imported elsewhere. */
export function kvExportCommand(context: CommandContext): Command {
  const command = new Command('export')
    .summary('print shared keys and values, without their history')
    .description('Print shared keys with their values, a JSON document a line, for `hearsay kv import`.')
    .argument('[prefix]', 'what the keys begin with');
  addAgentFlags(command).action(ownAction(context, exportKeys));
  return addHelp(command, {
    notes: [
      'An export is free of history: it has values alone, not who wrote them and when, and no deletions.',
      'So importing one is a set of new writes, which win over what is there; it cannot bring a cluster',
      'back to what it was, and keys that are not in it stay. A time to live is the whole of it, not',
      'what is left. The lines are the same with --json.',
    ].join('\n'),
    examples: [
      ['hearsay kv export > state.jsonl', 'all of it'],
      ['hearsay kv export flags/ | hearsay kv import -rpc-addr=10.9.0.1:7373', 'the flags, for another cluster'],
    ],
    exits: agentExits,
  });
}

async function exportKeys({ flags, args, io }: Call<AgentFlags>): Promise<void> {
  await askAgent({ flags, io }, async (client) => {
    for await (const entry of client.kv.export(args[0] ?? '')) {
      io.out(exportLine(entry));
      await io.outputDrained();
    }
  });
}
