import { Command } from 'commander';
import type { RpcKvEntry } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json, paintFor, safeText, table } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { entryFields, keyFields } from './entries.ts';
import { ownAction } from './own-action.ts';
import { addScopeFlags, scopeOf, type ScopeFlags } from './scope.ts';
import { shownValue } from './values.ts';

interface ListFlags extends AgentFlags, ScopeFlags {
  readonly keys?: boolean;
}

/** `hearsay kv list`: the keys there are. */
export function kvListCommand(context: CommandContext): Command {
  const command = new Command('list')
    .summary('print keys, values, and who wrote them')
    .description('Print the keys that the agent has, with their values and who wrote them.')
    .argument('[prefix]', 'what the keys begin with')
    .option('--keys', 'the keys alone, one a line');
  addAgentFlags(addScopeFlags(command)).action(ownAction(context, list));
  return addHelp(command, {
    notes: 'In the order of the keys; owned keys member by member. Long values are cut: `hearsay kv get` has all.',
    examples: [
      ['hearsay kv list flags/', 'all that begins so'],
      ['hearsay kv list -lane=owned', 'what every member says of itself'],
      ['hearsay kv list -keys | wc -l', 'how many there are'],
    ],
    exits: agentExits,
  });
}

/** Columns for a value. */
const VALUE_WIDTH = 60;

async function list({ flags, args, io }: Call<ListFlags>): Promise<void> {
  const keysOnly = flags.keys === true;
  const options = { ...scopeOf(flags), prefix: args[0] ?? '', keysOnly };
  const entries: RpcKvEntry[] = [];
  await askAgent({ flags, io }, async (client) => {
    for await (const entry of client.kv.list(options)) entries.push(entry);
  });
  if (flags.json === true) {
    const { lane } = options;
    return io.out(
      json({ schema: 'hearsay/kv-list/1', lane, entries: entries.map(keysOnly ? keyFields : entryFields) }),
    );
  }
  if (keysOnly) return io.out(entries.map(({ key }) => `${key}\n`).join(''));
  const paint = paintFor(io);
  io.out(
    table(
      entries.map(({ author, key, value }) => [
        paint(safeText(key), 'bold'),
        shownValue(value, VALUE_WIDTH),
        paint(safeText(author), 'dim'),
      ]),
    ),
  );
}
