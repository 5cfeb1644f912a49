import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { collect } from '../options.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { usageError } from '../rpc/serf-error.ts';
import { readTags } from '../rpc/tag-flags.ts';

interface TagsFlags extends AgentFlags {
  readonly set?: readonly string[];
  readonly delete?: readonly string[];
}

/** `hearsay tags`: changes what an agent is known for. */
export function tagsCommand(context: CommandContext): Command {
  const command = new Command('tags')
    .summary('change the tags of a running agent')
    .description('Change the tags of a running agent; the whole pool sees them at once.')
    .allowExcessArguments()
    .option('--set <key=value>', 'add or change a tag; may be given several times', collect(String))
    .option('--delete <key>', 'remove a tag; may be given several times', collect(String));
  addAgentFlags(command, '1m').action(action(context, change));
  return addHelp(command, {
    notes: 'All tags together may have 512 bytes. A key that is both deleted and set is set.',
    examples: [['hearsay tags -set role=web -set version=7 -delete canary', 'two new values, one tag less']],
    exits: agentExits,
  });
}

async function change({ flags, io }: Call<TagsFlags>): Promise<void> {
  const set = readTags(flags.set);
  if (flags.set === undefined && flags.delete === undefined) throw usageError('');
  const changes = { set, ...(flags.delete !== undefined && { delete: flags.delete }) };
  await askAgent({ flags, io }, (client) => inWords('Error setting tags', client.tags(changes)));
  if (flags.json === true) io.out(json({ schema: 'hearsay/tags/1', set, deleted: flags.delete ?? [] }));
  else io.out('Successfully updated agent tags\n');
}
