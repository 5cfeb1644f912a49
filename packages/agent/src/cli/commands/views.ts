import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { json, paintFor } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { viewsText } from '../views/views-text.ts';

/** `hearsay views`: which members believe the same. */
export function viewsCommand(context: CommandContext): Command {
  const command = new Command('views')
    .summary('which members believe the same of who is there')
    .description('Group the members by whom they believe to be there: one group when all agree.');
  addAgentFlags(command).action(ownAction(context, showViews));
  return addHelp(command, {
    notes: [
      'Every agent of ours publishes a digest of its member list when that changes. It is with all others',
      'within seconds, so views differ for a moment after each change. Agents of Serf publish none, and are',
      'listed as such. Members that are cut off are not there in the eyes of this side, and so neither are',
      'their views: ask an agent on the other side.',
    ].join('\n'),
    examples: [
      ['hearsay views', 'does everybody see the same pool?'],
      ['hearsay diff web-1 web-7', 'where two of them disagree'],
    ],
    exits: [
      [ExitCode.ok, 'all members that can tell agree'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
      [ExitCode.answerIsNo, 'they do not, or one has not told yet'],
    ],
  });
}

async function showViews({ flags, io, setExitCode }: Call<AgentFlags>): Promise<void> {
  const views = await askAgent({ flags, io }, (client) => client.views());
  if (!views.isAgreed) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) io.out(json({ schema: 'hearsay/views/1', ...views }));
  else io.out(viewsText(views, paintFor(io)));
}
