import { Command } from 'commander';
import type { RpcKvLane } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { durationMs } from '../options.ts';
import { json } from '../output.ts';
import { textWriter, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { ownAction } from './own-action.ts';
import { addWaitFlag, exitOf, receiptFields, receiptText, writeExits } from './receipt.ts';
import { laneOption } from './scope.ts';
import { readValue } from './values.ts';

interface PutFlags extends AgentFlags {
  readonly file?: string;
  readonly lane: RpcKvLane;
  readonly raw?: boolean;
  readonly touch?: boolean;
  readonly ttl?: number;
  readonly wait?: number;
}

/** `hearsay kv put`: writes a value, which all members then have. */
export function kvPutCommand(context: CommandContext): Command {
  const command = new Command('put')
    .summary('write a value, which spreads to all members')
    .description('Write a value: it is there at once in the agent, and spreads to all members that keep state.')
    .argument('<key>', 'the key, at most 128 bytes')
    .argument('[value]', 'the value as JSON; without it, and without -file, standard input')
    .option('--file <path>', 'read the value from this file; - is standard input')
    .option('--raw', 'take the value as it is, as bytes, not as JSON')
    .option('--ttl <time>', 'how long it counts, like 30s or 24h; default: for ever', durationMs(1))
    .option('--touch', 'write it although the key has that value')
    .addOption(laneOption());
  addAgentFlags(addWaitFlag(command)).action(ownAction(context, put));
  return addHelp(command, {
    notes: [
      'The latest write of a key wins. Two that do not know of each other may both succeed, and one is',
      'lost: nothing here locks, elects or counts. A value that begins with a dash goes behind `--`.',
    ].join('\n'),
    examples: [
      ['hearsay kv put motd \'"back at noon"\'', 'a text, as JSON'],
      ['hearsay kv put -wait=10s limits \'{"rps": 50}\'', 'and see that all have it'],
      ['hearsay kv put -raw -file=logo.png logo', 'bytes'],
      ['hearsay kv put -lane=owned version \'"1.4.2"\'', 'what this agent says of itself'],
    ],
    exits: writeExits,
  });
}

async function put({ flags, args, io, setExitCode }: Call<PutFlags>): Promise<void> {
  const [key, argument] = args as [string, string | undefined];
  const value = await readValue({ argument, file: flags.file, isRaw: flags.raw === true }, io);
  const options = { lane: flags.lane, ttlMs: flags.ttl ?? 0, touch: flags.touch === true, waitMs: flags.wait ?? 0 };
  const { changed, receipt } = await askAgent({ flags, io }, (client) => client.kv.put(key, value, options));
  setExitCode(exitOf(receipt));
  if (flags.json === true) {
    return io.out(json({ schema: 'hearsay/kv-put/1', key, lane: flags.lane, changed, ...receiptFields(receipt) }));
  }
  const show = textWriter({ flags, io });
  show(`${JSON.stringify(key)} ${changed ? 'is written' : 'has that value already'}\n`);
  if (receipt !== undefined) show(`${receiptText(receipt)}\n`);
}
