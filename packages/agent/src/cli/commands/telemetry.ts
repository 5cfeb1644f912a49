import { Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { collect, waitMs } from '../options.ts';
import { json, paintFor } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { readTags } from '../rpc/tag-flags.ts';
import { telemetryText } from '../telemetry/telemetry-text.ts';

interface TelemetryFlags extends AgentFlags {
  readonly poll?: boolean;
  readonly estimate?: boolean;
  readonly tag?: readonly string[];
  readonly wait: number;
}

/** `hearsay telemetry`: metrics of all members. */
export function telemetryCommand(context: CommandContext): Command {
  const command = new Command('telemetry')
    .summary('metrics of all members')
    .description('Show what the members measure, all of them as one: totals, sums, percentiles.')
    .argument('[metric...]', 'only these; default: all')
    .addOption(new Option('--poll', 'ask the members now, also those that publish nothing').conflicts('estimate'))
    .option('--estimate', 'what the members have estimated together: metrics of -telemetry-estimate of the agents')
    .option(
      '--tag <key=pattern>',
      'with -poll: only members whose tag matches; may be given several times',
      collect(String),
    )
    .addOption(
      new Option('--wait <time>', 'with -poll: how long to wait for answers, at most 1m')
        .argParser(waitMs)
        .default(3_000, '3s'),
    );
  addAgentFlags(command).action(ownAction(context, show));
  return addHelp(command, {
    notes: [
      'Every agent of ours publishes a summary of what it measures every ten seconds, so any of them answers',
      'for all at once. OLDEST is the age of the oldest sample. A program shows its own metrics so too: see',
      'docs/telemetry.md.',
    ].join('\n'),
    examples: [
      ['hearsay telemetry', 'all that is published'],
      ['hearsay telemetry process.rss_bytes', 'the memory of all members'],
      ['hearsay telemetry -poll -tag role=web', 'ask the web servers now'],
      ['hearsay telemetry --json', 'the same for programs'],
    ],
    exits: [
      [ExitCode.ok, 'done'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
      [ExitCode.answerIsNo, 'with -poll: somebody who was asked has not answered'],
    ],
  });
}

async function show({ args, flags, io, setExitCode }: Call<TelemetryFlags>): Promise<void> {
  const mode = flags.poll === true ? 'poll' : flags.estimate === true ? 'estimate' : 'fold';
  const tags = readTags(flags.tag);
  const telemetry = await askAgent({ flags, io }, (client) =>
    client.telemetry({ metrics: args, mode, tags, waitMs: flags.wait }),
  );
  if (telemetry.missing.some(({ reason }) => reason === 'no answer')) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) io.out(json({ schema: 'hearsay/telemetry/1', ...telemetry }));
  else io.out(telemetryText(telemetry, paintFor(io)));
}
