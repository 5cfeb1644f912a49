import { Command } from 'commander';
import type * as FlagsDoor from 'hearsay/flags';
import type { Flag } from 'hearsay/flags';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { parseJson } from '../kv/values.ts';
import { ownAction } from '../kv/own-action.ts';
import { json, paintFor, safeText, table, type Paint } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';

/** A key under `flags/`: a flag, or why it is none. */
interface ListedFlag {
  readonly name: string;
  readonly author: string;
  readonly read: { readonly flag: Flag } | { readonly problem: string };
}

/** `hearsay flags ls`: the flags there are. */
export function flagsLsCommand(context: CommandContext): Command {
  const command = new Command('ls')
    .summary('print the flags')
    .description('Print the flags that the agent has: whether they are in use, and what they serve.');
  addAgentFlags(command).action(ownAction(context, ls));
  return addHelp(command, {
    notes: 'A document that is no flag is shown with what is wrong with it; programs do not evaluate it.',
    examples: [
      ['hearsay flags ls', 'all of them'],
      ['hearsay flags ls --json', 'with their documents'],
    ],
    exits: agentExits,
  });
}

async function ls({ flags, io }: Call<AgentFlags>): Promise<void> {
  const door = await import('hearsay/flags');
  const listed: ListedFlag[] = [];
  await askAgent({ flags, io }, async (client) => {
    for await (const { author, key, value } of client.kv.list({ prefix: door.flagPrefix })) {
      listed.push({ name: door.flagNameOf(key) ?? '', author, read: readFlag(value, door) });
    }
  });
  if (flags.json === true) {
    const documents = listed.map(({ name, author, read }) => ({ name, ...read, ...(author !== '' && { author }) }));
    return io.out(json({ schema: 'hearsay/flags-ls/1', flags: documents }));
  }
  const paint = paintFor(io);
  io.out(table(listed.map((each) => rowOf(each, paint, door))));
}

/** The flag in a value, or what is wrong with it. */
export function readFlag(value: Uint8Array, door: typeof FlagsDoor): ListedFlag['read'] {
  const parsed = parseJson(value);
  if (parsed === undefined) return { problem: `${value.length} bytes that are no JSON` };
  const check = door.checkFlag(parsed.value);
  return 'flag' in check ? check : { problem: door.describeProblems(check.problems) };
}

function rowOf({ name, author, read }: ListedFlag, paint: Paint, door: typeof FlagsDoor): string[] {
  const by = paint(safeText(author), 'dim');
  if ('problem' in read) return [paint(safeText(name), 'bold'), paint('no flag', 'red'), safeText(read.problem), by];
  const { flag } = read;
  const isOff = flag.enabled === false;
  const ruleCount = flag.rules?.length ?? 0;
  const rules = ruleCount === 0 ? 'no rules' : `${ruleCount} rule${ruleCount === 1 ? '' : 's'}`;
  const serves = isOff ? (flag.offVariant ?? "the program's default") : flag.defaultVariant;
  return [
    paint(safeText(name), 'bold'),
    isOff ? paint('disabled', 'yellow') : paint('enabled', 'green'),
    safeText(`${door.flagTypeOf(flag)}, ${rules}, ${isOff || ruleCount === 0 ? 'serves' : 'else'} ${serves}`),
    by,
  ];
}
