import { Command, InvalidArgumentError, Option } from 'commander';
import type { RpcWhyReport } from 'hearsay/client';
import { parseDuration } from '../../agent/durations.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { ownAction } from '../kv/own-action.ts';
import { waitMs } from '../options.ts';
import { json, pad, paintFor, safeText } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';

interface WhyFlags extends AgentFlags {
  /** In milliseconds since 1970. */
  readonly at?: number;
  readonly wait: number;
}

/** `hearsay why`: why a member was accused, or went. */
export function whyCommand(context: CommandContext): Command {
  const command = new Command('why')
    .summary('why a member was accused, or went')
    .description('Find out why a member was suspected, declared dead, or went, and what that rests on.')
    .argument('<node>', 'the member')
    .option(
      '--at <time>',
      'when it happened: how long ago, like 5m, or a time in ISO 8601; default: the latest',
      pastTime,
    )
    .addOption(
      new Option('--wait <time>', 'how long to wait for other members, at most 1m')
        .argParser(waitMs)
        .default(3_000, '3s'),
    );
  addAgentFlags(command).action(ownAction(context, tellWhy));
  return addHelp(command, {
    notes: [
      'Every agent of ours remembers its troubles with other members: probes that got no answer, how',
      'late its own timers were, whom it asked for help, who accused whom. The agent gathers that from',
      'the accusers, the member itself and some others. The memory is bounded and ends with the process.',
      'Agents of Serf keep none: what they could not tell is listed.',
    ].join('\n'),
    examples: [
      ['hearsay why db-1', 'what happened to db-1 last'],
      ['hearsay why db-1 -at 20m', 'what happened to it twenty minutes ago'],
    ],
    exits: [
      [ExitCode.ok, 'there is a verdict'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
      [ExitCode.answerIsNo, 'nobody can tell'],
    ],
  });
}

async function tellWhy({ flags, args, io, setExitCode }: Call<WhyFlags>): Promise<void> {
  const options = { waitMs: flags.wait, ...(flags.at !== undefined && { atMs: flags.at }) };
  const report = await askAgent({ flags, io }, (client) => client.why(args[0]!, options));
  if (report.verdict.cause === 'unknown') setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) io.out(json({ schema: 'hearsay/why/1', ...report }));
  else io.out(reportText(report, paintFor(io)));
}

/** The verdict, its grounds, what is missing, and what happened. */
function reportText(report: RpcWhyReport, paint: ReturnType<typeof paintFor>): string {
  const { verdict, state, accusers, timeline, witnesses } = report;
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${paint(title, 'bold')}\n${lines.map((line) => `  ${safeText(line)}\n`).join('')}`;
  const others = verdict.alternatives.length === 0 ? '' : ` It may also have been: ${verdict.alternatives.join(', ')}.`;
  const look = verdict.cause === 'unknown' ? 'yellow' : 'green';
  return [
    `${paint(safeText(`${verdict.text}.`), 'bold')}${safeText(others)}\n`,
    `  ${paint(safeText(verdict.cause), look)}, ${safeText(verdict.certainty === 'none' ? 'no evidence' : verdict.certainty)}; now ${safeText(state ?? 'not a member')}\n`,
    section('Grounds', verdict.grounds),
    section('Accused by', accusers.length === 0 ? [] : [accusers.join(', ')]),
    section(
      'What happened',
      timeline.map((entry) => `${pad(ago(entry.agoMs), 12, 'left')}  ${pad(entry.id, 12)}  ${entry.text}`),
    ),
    section('Not to be had', verdict.missing),
    section('Heard', [witnesses.join(', ')]),
  ].join('');
}

/** `12.345 s ago`, `5 min ago`. */
function ago(agoMs: number): string {
  if (agoMs < 120_000) return `${(agoMs / 1_000).toFixed(1)} s ago`;
  return `${Math.round(agoMs / 60_000)} min ago`;
}

function pastTime(text: string): number {
  const span = parseDuration(text);
  const atMs = span.ok ? Date.now() - span.ms : Date.parse(text);
  if (atMs >= 0 && atMs <= Date.now()) return atMs;
  throw new InvalidArgumentError('It must be a time in the past: how long ago, like 5m, or in ISO 8601.');
}
