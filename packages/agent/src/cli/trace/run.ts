import { Option, type Command } from 'commander';
import type { RpcTraceRumor } from 'hearsay/client';
import { ExitCode } from '../exit-codes.ts';
import type { CommandHelp } from '../help.ts';
import { share, waitMs } from '../options.ts';
import { json, paintFor } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { traceText } from './report-text.ts';

/** What the commands that trace have in common. */
export interface TraceFlags extends AgentFlags {
  readonly loss: number;
  readonly wait: number;
}

/** The flags of a command that traces. */
export function addTraceFlags(command: Command): Command {
  command
    .addOption(
      new Option('--wait <time>', 'how long to wait for those that have not heard, at most 1m')
        .argParser(waitMs)
        .default(10_000, '10s'),
    )
    .option('--loss <share>', 'how many packets theory takes to be lost, like 0.1 or 10%', share(0.9), 0);
  return addAgentFlags(command);
}

/** Sends the rumor and prints how it went. */
export async function traceAndTell(
  { flags, io, setExitCode }: Pick<Call<TraceFlags>, 'flags' | 'io' | 'setExitCode'>,
  rumor: RpcTraceRumor,
): Promise<void> {
  const options = { waitMs: flags.wait, loss: flags.loss };
  const report = await askAgent({ flags, io }, (client) => client.trace(rumor, options));
  if (report.unheard.length > 0) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) io.out(json({ schema: 'hearsay/trace/1', ...report }));
  else io.out(traceText(report, paintFor(io)));
}

/** The exits of a command that traces. */
export const traceExits: CommandHelp['exits'] = [
  [ExitCode.ok, 'all that can tell have heard it'],
  [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
  [ExitCode.answerIsNo, 'somebody has not heard it in that time'],
];
