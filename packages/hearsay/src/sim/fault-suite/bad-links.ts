import { randomInt } from '../../util/index.ts';
import { quietNetwork } from '../sim-network.ts';
import type { FaultRun, FaultScenario } from './fault-scenario.ts';

/** Links that lose, delay, double or reorder. */
export const badLinkFaults: readonly FaultScenario[] = [
  ...[0.01, 0.05, 0.1, 0.25, 0.5].map((loss): FaultScenario => ({
    number: 29,
    name: `${loss * 100} % of all packets lost`,
    sizes: [6, 10],
    spanMs: 60_000,
    inject: (run) => void run.cluster.degrade('all', 'all', { loss }, { forMs: 60_000 }),
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(60_000);
      if (loss <= 0.1) run.insist(run.deathCount(all, all) === 0, 'the group stays whole');
    },
  })),
  // Two seconds every seven would be too much: all copies of an accusation may fall into one burst, and the last call into
  // another, so that the accused never hears of it.
  burstsOfLoss({ length: 'up to a second', forMs: [200, 1_000], everyMs: 5_000, count: 8, sizes: [5, 8] }),
  // Shorter than the shortest suspicion. Where a few hear nobody, the others may as well be dead.
  burstsOfLoss({ length: 'four seconds', forMs: [4_000, 4_000], everyMs: 30_000, count: 2, sizes: [5, 7] }),
  // From eight members on suspicions stand still while nothing comes, for as long as the longest of them is: with two
  // minutes of silence, as some links have, everybody gives up everybody, and all meet again.
  burstsOfLoss({ length: 'half a minute', forMs: [30_000, 30_000], everyMs: 60_000, count: 2, sizes: [8, 12] }),
  {
    number: 31,
    name: 'every packet twice, and each of those late',
    sizes: [4, 7],
    options: () => ({ network: { duplication: 1, stragglerChance: 0.5, stragglerMaxMs: 300 } }),
    spanMs: 20_000,
    inject: (run) => change(run),
  },
  {
    number: 32,
    name: 'packets overtaken by others of a minute later',
    sizes: [4, 7],
    options: () => ({ network: { stragglerChance: 0.1, stragglerMaxMs: 60_000 } }),
    spanMs: 30_000,
    inject: (run) => change(run),
    mustHold: (run) => {
      run.cluster.runForMs(30_000);
      run.cluster.simulator.network.config = quietNetwork;
      // Those that were held back are the last of the fault.
      run.cluster.runForMs(60_000);
    },
  },
  {
    number: 33,
    name: 'two seconds more on every link to a member, for a while',
    sizes: [5, 8],
    spanMs: 40_000,
    sparesBystanders: true,
    inject: (run) => {
      const victims = run.pick(1);
      run.every(10_000, 4, () => run.cluster.degrade('all', victims, { addedLatencyMs: 2_000 }, { forMs: 5_000 }));
    },
  },
  {
    number: 36,
    name: 'packets of more than 400 bytes vanish',
    sizes: [6, 9],
    options: () => ({ kv: { gossip: { beacon: false } } }),
    spanMs: 20_000,
    sparesBystanders: true,
    inject: (run) => {
      run.cluster.degrade('all', 'all', { loss: 1, channel: 'packets', longerThanBytes: 400 }, { forMs: 20_000 });
      for (let key = 0; key < 4; key += 1) run.cluster.kv.put('n1', `large${key}`, 'x'.repeat(900));
    },
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(20_000);
      run.insist(run.deathCount(all, all) === 0, 'small packets alone keep everybody alive');
      run.insist(
        all.every((name) => run.cluster.kv.get(name, 'large0')?.length === 900),
        'large state comes to everybody by streams',
      );
    },
  },
  {
    number: 37,
    name: 'no packets to and from a member, streams only',
    sizes: [5, 8],
    spanMs: 60_000,
    sparesBystanders: true,
    inject: (run) => block(run, run.pick(1), 'packets'),
    mustHold: (run) => {
      run.cluster.runForMs(60_000);
      run.insist(run.deathCount(run.bystanders, run.victims) === 0, 'pings over streams keep it alive');
    },
  },
  {
    number: 38,
    name: 'no streams, packets only',
    sizes: [5, 8],
    spanMs: 40_000,
    inject: (run) => {
      run.cluster.degrade('all', 'all', { loss: 1, channel: 'streams' }, { forMs: 40_000 });
      change(run);
    },
    mustHold: (run) => {
      run.cluster.runForMs(40_000);
      const [name] = run.victims;
      const { bystanders } = run;
      const know = bystanders.every((other) => run.cluster.core(other).member(name!)?.meta.length === 4);
      run.insist(know, 'gossip alone brings the news to everybody');
    },
  },
  {
    number: 57,
    name: 'five seconds of heavy loss everywhere, then none',
    sizes: [8, 14],
    spanMs: 6_000,
    inject: (run) => void run.cluster.degrade('all', 'all', { loss: 0.6 }, { forMs: 5_000 }),
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(5_000);
      run.within(
        30_000,
        () => run.see(all, all, 'alive') && run.cluster.nodes.every(({ core }) => core.rumorCount === 0),
      );
    },
  },
];

/** Nothing arrives anywhere, again and again, and nobody is declared dead for it. */
function burstsOfLoss(bursts: {
  readonly length: string;
  readonly forMs: readonly [number, number];
  readonly everyMs: number;
  readonly count: number;
  readonly sizes: readonly [number, number];
}): FaultScenario {
  const { length, forMs, everyMs, count, sizes } = bursts;
  const [leastMs, mostMs] = forMs;
  const spanMs = everyMs * count;
  return {
    number: 30,
    name: `bursts of loss, ${length} each`,
    sizes,
    spanMs,
    inject: (run) => {
      run.every(everyMs, count, () =>
        run.cluster.degrade('all', 'all', { loss: 1 }, { forMs: leastMs + randomInt(run.rng, mostMs - leastMs) }),
      );
    },
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(spanMs);
      run.insist(run.deathCount(all, all) === 0, 'nobody is declared dead for so short a burst');
    },
  };
}

/** Some news that has to come through. */
function change(run: FaultRun): void {
  const [name] = run.pick(1);
  run.every(2_000, 5, (round) => run.cluster.updateMeta(name!, `new${round}`));
}

function block(run: FaultRun, victims: readonly string[], channel: 'packets' | 'streams'): void {
  run.cluster.degrade('all', victims, { loss: 1, channel }, { forMs: 60_000 });
  run.cluster.degrade(victims, 'all', { loss: 1, channel }, { forMs: 60_000 });
}

function namesOf(run: FaultRun): string[] {
  return run.cluster.nodes.map(({ name }) => name);
}
