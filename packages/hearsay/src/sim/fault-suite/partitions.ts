import { crashKnownMaxMs } from '../../swim/index.ts';
import { randomInt, shuffle } from '../../util/index.ts';
import type { ScenarioOptions } from '../scenario-options.ts';
import type { FaultRun, FaultScenario } from './fault-scenario.ts';

/** Networks that fall apart, and members that hear others in one direction only. */
export const partitionFaults: readonly FaultScenario[] = [
  ...([10_000, 60_000, 600_000] as const).map((forMs): FaultScenario => ({
    number: 20,
    name: `halves apart for ${forMs / 1_000} s`,
    sizes: [4, 8],
    spanMs: forMs + 1_000,
    inject: (run) => void run.cluster.partition(islands(run, 2), { forMs }),
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(forMs);
      run.within(run.cluster.convergenceBoundMs, () => run.see(all, all, 'alive'));
    },
  })),
  {
    number: 21,
    name: 'three islands, united one after the other',
    sizes: [6, 9],
    spanMs: 50_000,
    inject: (run) => {
      const [a, b, c] = islands(run, 3);
      run.cluster.partition([a!, b!], { forMs: 30_000 }).partition([[...a!, ...b!], c!], { forMs: 45_000 });
    },
  },
  {
    number: 22,
    name: 'a member cannot receive, for good',
    sizes: [5, 8],
    spanMs: 30_000,
    sparesBystanders: true,
    inject: (run) => void run.cluster.cutOff(run.pick(1)[0]!, 'cannot-receive'),
    mustHold: (run) => {
      run.cluster.runForMs(60_000);
      const { bystanders, victims } = run;
      const before = run.deathCount(bystanders, victims);
      run.cluster.runForMs(120_000);
      run.insist(run.deathCount(bystanders, victims) === before, 'in or out, no oscillation');
      run.insist(run.deathCount(bystanders, bystanders) === 0, 'bystanders are spared');
    },
  },
  {
    number: 23,
    name: 'a member cannot send, for good',
    sizes: [5, 8],
    spanMs: 30_000,
    sparesBystanders: true,
    inject: (run) => void run.cluster.cutOff(run.pick(1)[0]!, 'cannot-send'),
    mustHold: (run) => {
      const { cluster, bystanders, victims } = run;
      run.within(crashKnownMaxMs(cluster.config, cluster.nodes.length), () => run.see(bystanders, victims, 'gone'));
      cluster.runForMs(90_000);
      run.insist(run.see(bystanders, victims, 'gone'), 'who cannot send stays out');
    },
  },
  {
    number: 24,
    name: 'a member hears nothing for 20 s, then all for 20 s',
    sizes: [5, 8],
    options: () => withStableView,
    spanMs: 80_000,
    sparesBystanders: true,
    inject: (run) => {
      const victims = run.pick(1);
      run.every(40_000, 2, () => run.cluster.cut('all', victims, { forMs: 20_000 }));
    },
    mustHold: (run) => {
      const { bystanders, victims } = run;
      run.cluster.runForMs(80_000);
      run.insist(run.deathCount(bystanders, bystanders) === 0, 'bystanders are spared');
      run.insist(run.removalCountMax(bystanders, victims) <= 1, 'the stable view takes it out once at most');
    },
  },
  ...(['ingress', 'egress'] as const).map((way): FaultScenario => ({
    number: 25,
    name: `80 % ${way} loss at a member`,
    sizes: [5, 8],
    options: () => withStableView,
    spanMs: 60_000,
    sparesBystanders: true,
    inject: (run) => {
      const victims = run.pick(1);
      const [from, to] = way === 'ingress' ? (['all', victims] as const) : ([victims, 'all'] as const);
      run.cluster.degrade(from, to, { loss: 0.8 }, { forMs: 60_000 });
    },
    mustHold: (run) => {
      const { bystanders, victims } = run;
      run.cluster.runForMs(60_000);
      run.insist(run.removalCountMax(bystanders, victims) <= 1, 'the stable view takes it out once at most');
      if (way === 'ingress') run.insist(run.deathCount(bystanders, bystanders) === 0, 'bystanders are spared');
      // Who sends badly may lose every copy of an accusation and its last call, and some copy of its verdict may come
      // through all the same. Of that the accused hears, and denies it at once.
      else run.within(5_000, () => run.see(bystanders, bystanders, 'alive'));
    },
  })),
  {
    number: 26,
    name: 'two never hear each other, all others hear both',
    sizes: [5, 8],
    spanMs: 30_000,
    sparesBystanders: true,
    inject: (run) => {
      const [a, b] = run.pick(2);
      run.cluster.divide(a!, b!);
    },
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(120_000);
      run.insist(run.deathCount(all, all) === 0, 'helpers bridge the gap, and nobody is declared dead');
    },
  },
  {
    number: 27,
    name: 'two halves joined by one member only',
    sizes: [7, 9],
    options: () => withStableView,
    spanMs: 60_000,
    inject: (run) => {
      const [bridge, ...others] = namesOf(run).reverse();
      run.touch([bridge!]);
      const middle = Math.floor(others.length / 2);
      run.cluster.partition([others.slice(0, middle), others.slice(middle)], { forMs: 60_000 });
    },
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(60_000);
      run.insist(run.deathCount(all, run.victims) === 0, 'all hear the bridge');
      // Across it members do come and go. A probe is saved only when the bridge is among the few helpers drawn, and what a
      // suspect hears and answers has one way, in as few copies as of any rumor. So neither half is kept alive for sure, nor
      // does either give the other up for long; users that need calm have the stable view.
      run.insist(run.removalCountMax(all, all) <= 1, 'the stable view takes out nobody twice');
    },
  },
  {
    number: 28,
    name: 'each sees a majority of its own on a ring',
    sizes: [7, 9],
    spanMs: 60_000,
    inject: (run) => {
      const all = namesOf(run);
      const reach = Math.floor(all.length / 4) + 1;
      all.forEach((name, index) => {
        const far = all.filter((_, other) => ringDistance(index, other, all.length) > reach);
        run.cluster.cut([name], far, { forMs: 60_000 });
      });
    },
    mustHold: (run) => {
      const all = namesOf(run);
      run.cluster.runForMs(60_000);
      run.insist(run.see(all, all, 'alive'), 'neighbours vouch for each other');
    },
  },
  {
    number: 58,
    name: 'links stopped one by one, restored in any order',
    sizes: [5, 8],
    spanMs: 45_000,
    inject: (run) => {
      const links = namesOf(run).flatMap((from) => namesOf(run).map((to) => [from, to] as const));
      shuffle(run.rng, links);
      run.every(1_000, 20, (round) => {
        const [from, to] = links[round]!;
        if (from !== to) run.cluster.cut([from], [to], { forMs: 2_000 + randomInt(run.rng, 40_000 - round * 1_000) });
      });
    },
  },
];

/** Takes back who was out a minute after it was last declared dead. */
const withStableView: Partial<ScenarioOptions> = { node: { stableView: {} } };

function namesOf(run: FaultRun): string[] {
  return run.cluster.nodes.map(({ name }) => name);
}

/** All members in so many groups at random, none of them empty. */
function islands(run: FaultRun, count: number): string[][] {
  const names = namesOf(run);
  shuffle(run.rng, names);
  return Array.from({ length: count }, (_, island) => names.filter((__, index) => index % count === island));
}

function ringDistance(a: number, b: number, count: number): number {
  const steps = Math.abs(a - b);
  return Math.min(steps, count - steps);
}
