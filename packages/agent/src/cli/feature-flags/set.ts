import { Command, InvalidArgumentError } from 'commander';
import type { RpcClient } from 'hearsay/client';
import type * as FlagsDoor from 'hearsay/flags';
import type { Flag, FlagShare } from 'hearsay/flags';
import type { CommandContext } from '../context.ts';
import { CliError } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { addWaitFlag, exitOf, receiptFields, receiptText, writeExits } from '../kv/receipt.ts';
import { parseJson, readValue } from '../kv/values.ts';
import { collect } from '../options.ts';
import { json } from '../output.ts';
import { textWriter, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { readFlag } from './ls.ts';

interface SetFlags extends AgentFlags {
  readonly default?: string;
  readonly disable?: boolean;
  readonly enable?: boolean;
  readonly file?: string;
  readonly rollout?: readonly FlagShare[];
  readonly wait?: number;
}

/** `hearsay flags set`: writes a flag, or changes a part of it. */
export function flagsSetCommand(context: CommandContext): Command {
  const command = new Command('set')
    .summary('write a flag, or change a part of it')
    .description('Write a flag from its document, or change a part of it. All members then evaluate it alike.')
    .argument('<name>', 'of the flag')
    .argument('[document]', 'the whole flag as JSON; else -file, or the changes below')
    .option('--file <path>', 'read the document from this file; - is standard input')
    .option('--default <variant>', 'serve this variant to those whom no rule serves')
    .option(
      '--rollout <variant=percent>',
      'serve this variant to a share of all others, by a hash of who asks; may be given several times',
      collect(readShare),
    )
    .option('--enable', 'take it into use')
    .option('--disable', "take it out of use: it serves its offVariant, else each program's own default");
  addAgentFlags(addWaitFlag(command)).action(ownAction(context, set));
  return addHelp(command, {
    notes: [
      'Changes begin with the flag as the agent has it, or, where there is none, with a switch that has',
      'the variants on and off and serves off. They are made here and written whole: of two at the same',
      'time one is lost. -rollout takes the place of a last rule that is for everybody; to raise a share',
      'moves nobody out of it. What is no flag is refused, with all that is wrong.',
    ].join('\n'),
    examples: [
      ['hearsay flags set new-ui -rollout on=20', 'a fifth of all, always the same ones'],
      ['hearsay flags set new-ui -default on -wait=10s', 'all, and see that every member knows'],
      ['hearsay flags set new-ui -disable', 'out of use'],
      ['hearsay flags set limits -file=limits.json', 'the whole document'],
    ],
    exits: writeExits,
  });
}

async function set({ flags, args, io, setExitCode }: Call<SetFlags>): Promise<void> {
  const [name, argument] = args as [string, string | undefined];
  const door = await import('hearsay/flags');
  const change = changeOf(flags);
  const isWhole = argument !== undefined || flags.file !== undefined;
  if (isWhole === (change !== undefined)) {
    throw new CliError('give the document or -file; or -default, -rollout, -enable or -disable');
  }
  const whole = isWhole ? parseJson(await readValue({ argument, file: flags.file, isRaw: false }, io))! : undefined;
  const written = await askAgent({ flags, io }, async (client) => {
    const flag = checked(whole === undefined ? change!(await presentFlag(client, name, door)) : whole.value, door);
    return { flag, ...(await client.kv.put(door.flagKey(name), flag, { waitMs: flags.wait ?? 0 })) };
  });
  const { flag, changed, receipt } = written;
  setExitCode(exitOf(receipt));
  if (flags.json === true) {
    return io.out(json({ schema: 'hearsay/flags-set/1', name, changed, flag, ...receiptFields(receipt) }));
  }
  const show = textWriter({ flags, io });
  show(`${JSON.stringify(name)} ${changed ? 'is set' : 'was so already'}\n`);
  if (receipt !== undefined) show(`${receiptText(receipt)}\n`);
}

const aSwitch: Flag = { variants: { on: true, off: false }, defaultVariant: 'off' };

async function presentFlag(client: RpcClient, name: string, door: typeof FlagsDoor): Promise<Flag> {
  const entry = await client.kv.get(door.flagKey(name));
  if (entry === undefined) return aSwitch;
  const read = readFlag(entry.value, door);
  if ('flag' in read) return read.flag;
  throw new CliError(`what is there is no flag, and cannot be changed in part: ${read.problem}`);
}

/** What the flags of the command change in a flag; undefined when none was given. */
function changeOf({ default: variant, disable, enable, rollout }: SetFlags): ((flag: Flag) => Flag) | undefined {
  if (enable === true && disable === true) throw new CliError('give -enable or -disable, not both');
  const isAsked = variant !== undefined || rollout !== undefined || enable === true || disable === true;
  if (!isAsked) return undefined;
  return (flag) => ({
    ...flag,
    ...(variant !== undefined && { defaultVariant: variant }),
    ...(rollout !== undefined && { rules: [...rulesBeforeAll(flag), { serve: rollout }] }),
    ...(enable === true && { enabled: true }),
    ...(disable === true && { enabled: false }),
  });
}

/** The rules but for a last one that is for everybody. */
function rulesBeforeAll({ rules = [] }: Flag): NonNullable<Flag['rules']> {
  const last = rules.at(-1);
  const isForAll = last !== undefined && (last.when === undefined || last.when.length === 0);
  return isForAll ? rules.slice(0, -1) : rules;
}

function checked(document: unknown, door: typeof FlagsDoor): Flag {
  const check = door.checkFlag(document);
  if ('flag' in check) return check.flag;
  throw new CliError(`that is no flag: ${door.describeProblems(check.problems)}`);
}

function readShare(text: string): FlagShare {
  const match = /^(.+)=(\d{1,3}(?:\.\d{1,3})?)%?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be variant=percent, like on=20 or on=0.5.');
  return { variant: match[1]!, percent: Number(match[2]) };
}
