import { Command } from 'commander';
import type { RpcClient } from 'hearsay/client';
import type { SerfCoordinate } from 'hearsay/core';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { SerfError, usageError } from '../rpc/serf-error.ts';
import { goQuote } from '../serf/go-syntax.ts';

/** `hearsay rtt`: how far apart two members are. */
export function rttCommand(context: CommandContext): Command {
  const command = new Command('rtt')
    .summary('estimate the round trip between two members')
    .description('Estimate the round trip time between two members from their network coordinates.')
    .usage('[flags] <name> [name]')
    .argument('[name]', 'a member')
    .argument('[other]', 'another member; default: the agent that is asked')
    .allowExcessArguments();
  addAgentFlags(command).action(action(context, estimate));
  return addHelp(command, {
    notes: [
      'Nothing is sent between the two: every member keeps a coordinate that its probes keep up to',
      'date, and the estimate is the distance between them.',
    ].join('\n'),
    examples: [
      ['hearsay rtt db-1', 'from this agent to db-1'],
      ['hearsay rtt db-1 db-2', 'between two others'],
    ],
    exits: agentExits,
  });
}

async function estimate({ flags, args, io }: Call<AgentFlags>): Promise<void> {
  const [from, to] = args;
  if (from === undefined || args.length > 2) throw usageError('One or two node names must be specified');
  await askAgent({ flags, io }, async (client) => {
    const other = to ?? (await ownName(client));
    const first = await coordinateOf(client, from);
    const second = await coordinateOf(client, other);
    if (first.vec.length !== second.vec.length) {
      throw new SerfError(`The coordinates of ${from} and ${other} have different dimensions`, { code: 'ERR_RPC' });
    }
    const { distanceNs } = await import('hearsay/core');
    const rttMs = distanceNs(first, second) / 1_000_000;
    if (flags.json === true) io.out(json({ schema: 'hearsay/rtt/1', from, to: other, rttMs }));
    else io.out(`Estimated ${from} <-> ${other} rtt: ${rttMs.toFixed(3)} ms\n`);
  });
}

async function ownName(client: RpcClient): Promise<string> {
  const stats = await inWords('Error querying agent', client.stats());
  return stats['agent']?.['name'] ?? '';
}

async function coordinateOf(client: RpcClient, name: string): Promise<SerfCoordinate> {
  const coordinate = await inWords('Error getting coordinates', client.coordinate(name));
  if (coordinate !== undefined) return { ...coordinate, vec: coordinate.vec ?? [] };
  throw new SerfError(`Could not find a coordinate for node ${goQuote(name)}`, { code: 'ERR_UNKNOWN_MEMBER' });
}
