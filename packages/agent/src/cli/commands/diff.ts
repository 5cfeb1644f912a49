import { Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { waitMs } from '../options.ts';
import { json, paintFor } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { diffText } from '../views/diff-text.ts';

interface DiffFlags extends AgentFlags {
  readonly wait: number;
}

/** `hearsay diff`: where two members disagree. */
export function diffCommand(context: CommandContext): Command {
  const command = new Command('diff')
    .summary('where two members disagree about the others')
    .description('Ask two members what they believe of all, and show where they disagree.')
    .argument('<a>', 'a member')
    .argument('<b>', 'another member')
    .addOption(
      new Option('--wait <time>', 'how long to wait for the two, at most 1m').argParser(waitMs).default(3_000, '3s'),
    );
  addAgentFlags(command).action(ownAction(context, showDiff));
  return addHelp(command, {
    notes: [
      'The agent that is asked need be neither of the two. Both tell their whole member list, one after the',
      'other, so what changes in that moment may show as a difference. Agents of Serf cannot be asked.',
      '`suspect` against `alive` is a suspicion that has not reached one of the two, and seldom lasts; a higher',
      'incarnation is the newer word of the member itself.',
    ].join('\n'),
    examples: [
      ['hearsay diff web-1 web-7', 'what does one of them not know?'],
      ['hearsay diff web-1 web-7 -json', 'all of it: addresses, tags, incarnations'],
    ],
    exits: [
      [ExitCode.ok, 'they agree about every member'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
      [ExitCode.answerIsNo, 'they disagree, or one of them told nothing'],
    ],
  });
}

async function showDiff({ flags, args, io, setExitCode }: Call<DiffFlags>): Promise<void> {
  const [a, b] = args as [string, string];
  const diff = await askAgent({ flags, io }, (client) => client.diff(a, b, { waitMs: flags.wait }));
  const haveTold = diff.a.absence === undefined && diff.b.absence === undefined;
  if (!haveTold || diff.differenceCount > 0) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) io.out(json({ schema: 'hearsay/diff/1', ...diff }));
  else io.out(diffText(diff, paintFor(io)));
}
