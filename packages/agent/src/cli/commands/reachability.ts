import { Command } from 'commander';
import type { RpcClient, RpcQueryItem } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { json, safeText } from '../output.ts';
import { action, textWriter, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { unlessInterrupted } from '../rpc/interrupt.ts';
import { SerfError } from '../rpc/serf-error.ts';
import { judgeReachability, verdictText } from '../serf/reachability.ts';

interface ReachabilityFlags extends AgentFlags {
  readonly verbose?: boolean;
}

/** `hearsay reachability`: whether everybody who is alive hears us and is heard. */
export function reachabilityCommand(context: CommandContext): Command {
  const command = new Command('reachability')
    .summary('test whether all live members can be reached')
    .description('Ask all live members for a sign of life, and name those whose sign does not come.')
    .allowExcessArguments()
    .option('--verbose', 'show each sign as it comes, and how long it took');
  addAgentFlags(command).action(action(context, test));
  return addHelp(command, {
    notes: 'It takes as long as a query does: some seconds, by the size of the pool.',
    examples: [['hearsay reachability -verbose', 'after a change of the network']],
    exits: [
      [ExitCode.ok, 'every live member answered, once'],
      [ExitCode.failed, 'somebody did not, or twice; bad flag, no agent, interrupted'],
    ],
  });
}

async function test({ flags, io, setExitCode }: Call<ReachabilityFlags>): Promise<void> {
  const show = textWriter({ flags, io });
  await askAgent({ flags, io }, async (client) => {
    const members = await inWords('Error getting members', client.members());
    const liveNames = members.filter(({ status }) => status === 'alive').map(({ name }) => name);
    show(`Total members: ${members.length}, live members: ${liveNames.length}\n`);
    const { acks, isFinished, timing } = await collectAcks(client, io, show, flags.verbose === true);
    if (!isFinished) throw new SerfError('Test interrupted', { code: 'ERR_INTERRUPTED' });
    const result = { acks, liveNames };
    const verdict = judgeReachability(result);
    show(verdictText(result, verdict));
    if (flags.json === true) {
      io.out(
        json({ schema: 'hearsay/reachability/1', memberCount: members.length, liveNames, acks, ...verdict, ...timing }),
      );
    }
    if (!verdict.isReachable) setExitCode(ExitCode.failed);
  });
}

interface Acks {
  readonly acks: readonly string[];
  readonly isFinished: boolean;
  /** From the start of the query, in whole milliseconds. */
  readonly timing: { readonly queryMs: number; readonly lastAckMs: number };
}

/** Asks everybody and waits until the query's time is up. */
async function collectAcks(client: RpcClient, io: Io, show: (text: string) => void, isVerbose: boolean): Promise<Acks> {
  const startedAtMs = performance.now();
  const sinceStartMs = (): number => Math.round(performance.now() - startedAtMs);
  const acks: string[] = [];
  let lastAckMs = 0;
  const isFinished = await unlessInterrupted(io, async (signal) => {
    const replies = await inWords('Error sending query', client.query(PING, undefined, { requestAck: true, signal }));
    show('Starting reachability test...\n');
    await inWords(
      'Error receiving acks',
      forEachAck(replies, (from) => {
        if (isVerbose) show(`\tAck from '${safeText(from)}'\n`);
        if (acks.includes(from)) show(`Duplicate response from '${safeText(from)}'\n`);
        acks.push(from);
        lastAckMs = sinceStartMs();
      }),
    );
    if (isVerbose) show(timesText(sinceStartMs(), lastAckMs));
  });
  return { acks, isFinished, timing: { queryMs: sinceStartMs(), lastAckMs } };
}

/** Serf's query without an answer: its acknowledgement is the sign of life. */
const PING = '_serf_ping';

async function forEachAck(replies: AsyncIterable<RpcQueryItem>, onAck: (from: string) => void): Promise<void> {
  for await (const { type, from } of replies) if (type === 'ack') onAck(from);
}

function timesText(queryMs: number, lastAckMs: number): string {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(2);
  return `Query time: ${seconds(queryMs)} sec, time to last response: ${seconds(lastAckMs)} sec\n`;
}
