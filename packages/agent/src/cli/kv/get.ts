import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { writeFromNetwork } from '../rpc/network-text.ts';
import { entryFields } from './entries.ts';
import { ownAction } from './own-action.ts';
import { addScopeFlags, scopeOf, type ScopeFlags } from './scope.ts';
import { jsonText } from './values.ts';

interface GetFlags extends AgentFlags, ScopeFlags {
  readonly raw?: boolean;
}

/** `hearsay kv get`: a value as the agent has it. */
export function kvGetCommand(context: CommandContext): Command {
  const command = new Command('get')
    .summary('print the value of a key')
    .description('Print the value of a key as the agent has it at this moment.')
    .argument('<key>', 'the key')
    .option('--raw', 'write the bytes as they are, whatever they are, without a line end');
  addAgentFlags(addScopeFlags(command)).action(ownAction(context, get));
  return addHelp(command, {
    notes: 'A value is printed as JSON, on one line. One that is no JSON needs -raw.',
    examples: [
      ['hearsay kv get flags/new-ui', 'a shared key'],
      ['hearsay kv get -node=web-7 version', 'what that member says of itself'],
      ['hearsay kv get -raw logo > logo.png', 'bytes'],
    ],
    exits: [
      ExitCode.ok,
      [ExitCode.failed, 'bad flag, or a value that is no JSON; the agent cannot be reached, or said no'],
      [ExitCode.answerIsNo, 'the key has no value'],
    ],
  });
}

async function get({ flags, args, io, setExitCode }: Call<GetFlags>): Promise<void> {
  const key = args[0]!;
  const entry = await askAgent({ flags, io }, (client) => client.kv.get(key, scopeOf(flags)));
  if (entry === undefined) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) {
    const found = entry !== undefined;
    return io.out(json({ schema: 'hearsay/kv-get/1', key, found, ...(found && { entry: entryFields(entry) }) }));
  }
  if (entry === undefined) return io.err(`${JSON.stringify(key)} has no value\n`);
  if (flags.raw === true) return io.outBytes(entry.value);
  const text = jsonText(entry.value);
  if (text === undefined) {
    throw new CliError(`the value of ${JSON.stringify(key)}, ${entry.value.length} bytes, is no JSON: -raw writes it`);
  }
  writeFromNetwork(io, Buffer.from(`${text}\n`));
}
