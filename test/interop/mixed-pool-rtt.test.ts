import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { MixedAgent, type Maker } from './support/mixed-agent.ts';
import { measureRttMs } from './support/ping.ts';
import { SlowPath } from './support/slow-path.ts';

interface Site {
  readonly name: string;
  readonly maker: Maker;
  /** What a packet to it takes, one way. */
  readonly delayMs: number;
}

/** Loopback itself is all noise: a round trip of 0.1 ms takes 5 ms when a processor is busy. So the paths take time. */
const sites: readonly Site[] = [
  { name: 'stock-near', maker: 'stock', delayMs: 10 },
  { name: 'ours-near', maker: 'ours', delayMs: 15 },
  { name: 'stock-far', maker: 'stock', delayMs: 40 },
  { name: 'ours-far', maker: 'ours', delayMs: 60 },
];

const pairs: readonly (readonly [string, string])[] = sites.flatMap((a, at) =>
  sites.slice(at + 1).map((b) => [a.name, b.name] as const),
);

describe.skipIf(findPeer('serf') === undefined)('two stock agents and two of ours, some way apart', () => {
  test('estimate every round trip within a factor of two of what was measured', { timeout: 120_000 }, async () => {
    const { agents, measuredMs } = await startPool();
    const askers = agents.filter(({ name }) => name.endsWith('-near'));
    // Coordinates start at nothing and move with every probe, one a second; so do looks, which must not be the load.
    let goodLooks = 0;
    await eventually(
      'all estimates are good, four times in a row, by either command',
      async () => {
        const bad = await badEstimates(askers, measuredMs, goodLooks % 2 === 0 ? 'stock' : 'ours');
        goodLooks = bad.length === 0 ? goodLooks + 1 : 0;
        return bad;
      },
      () => goodLooks === 4,
      90_000,
      1_000,
    );
    for (const { complaints } of agents) expect(complaints).toEqual([]);
  });
});

interface SlowPool {
  readonly agents: readonly MixedAgent[];
  /** The measured part of each in its round trips, by name: the sum of two is that of the pair. */
  readonly measuredMs: ReadonlyMap<string, number>;
}

async function startPool(): Promise<SlowPool> {
  const agents: MixedAgent[] = [];
  const measuredMs = new Map<string, number>();
  let join: string | undefined;
  for (const { name, maker, delayMs } of sites) {
    const path = await SlowPath.start(delayMs);
    onTestFinished(() => path.stop());
    const advertised = `127.0.0.1:${path.port}`;
    const flags = [`-advertise=${advertised}`];
    agents.push(await MixedAgent.start(name, maker, { port: path.agentPort, join, flags }));
    measuredMs.set(name, await measureRttMs(name, path.port));
    join ??= advertised;
  }
  return { agents, measuredMs };
}

/** What the askers, asked by the command of `maker`, say that is more than twice or less than half of what was measured. */
async function badEstimates(
  askers: readonly MixedAgent[],
  measuredMs: SlowPool['measuredMs'],
  maker: Maker,
): Promise<string[]> {
  const bad: string[] = [];
  for (const asker of askers) {
    for (const pair of pairs) {
      const [a, b] = pair;
      const measured = measuredMs.get(a)! + measuredMs.get(b)!;
      const estimate = await estimateMs(asker, pair, maker);
      const isGood = estimate >= measured / 2 && estimate <= measured * 2;
      if (!isGood) bad.push(`${asker.name} says ${estimate} ms of ${a} and ${b}, measured were ${measured}`);
    }
  }
  return bad;
}

/** NaN while a coordinate is not known. */
async function estimateMs(asker: MixedAgent, pair: readonly [string, string], maker: Maker): Promise<number> {
  const { stdout } = await asker.command(['rtt', ...pair], maker);
  return Number(/ rtt: (.*) ms/.exec(stdout)?.[1] ?? 'NaN');
}
