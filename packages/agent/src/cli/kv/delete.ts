import { Command } from 'commander';
import type { RpcKvLane } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { textWriter, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { ownAction } from './own-action.ts';
import { addWaitFlag, exitOf, receiptFields, receiptText, writeExits } from './receipt.ts';
import { laneOption } from './scope.ts';

interface DeleteFlags extends AgentFlags {
  readonly lane: RpcKvLane;
  readonly wait?: number;
}

/** `hearsay kv delete`: takes a value away, for good. */
export function kvDeleteCommand(context: CommandContext): Command {
  const command = new Command('delete')
    .summary('take the value of a key away, for good')
    .description('Delete a key. It stays deleted, also when a member comes back that was away and still has it.')
    .argument('<key>', 'the key')
    .addOption(laneOption());
  addAgentFlags(addWaitFlag(command)).action(ownAction(context, remove));
  return addHelp(command, {
    notes: 'A key without a value is left alone, and that is no failure.',
    examples: [
      ['hearsay kv delete flags/old', 'a shared key'],
      ['hearsay kv delete -wait=10s flags/old', 'and see that it is gone everywhere'],
    ],
    exits: writeExits,
  });
}

async function remove({ flags, args, io, setExitCode }: Call<DeleteFlags>): Promise<void> {
  const key = args[0]!;
  const options = { lane: flags.lane, waitMs: flags.wait ?? 0 };
  const { changed, receipt } = await askAgent({ flags, io }, (client) => client.kv.delete(key, options));
  setExitCode(exitOf(receipt));
  if (flags.json === true) {
    return io.out(json({ schema: 'hearsay/kv-delete/1', key, lane: flags.lane, changed, ...receiptFields(receipt) }));
  }
  const show = textWriter({ flags, io });
  show(`${JSON.stringify(key)} ${changed ? 'is deleted' : 'had no value'}\n`);
  if (receipt !== undefined) show(`${receiptText(receipt)}\n`);
}
