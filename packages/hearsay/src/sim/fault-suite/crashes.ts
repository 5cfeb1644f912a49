import { crashKnownMaxMs } from '../../swim/index.ts';
import { randomInt } from '../../util/index.ts';
import type { FaultRun, FaultScenario } from './fault-scenario.ts';

/** Processes that end, at once or while they are at something. */
export const crashFaults: readonly FaultScenario[] = [
  {
    number: 1,
    name: 'one crash',
    sizes: [4, 9],
    spanMs: 15_000,
    sparesBystanders: true,
    inject: (run) => crashAll(run, run.pick(1)),
    mustHold: allGoneInTime,
  },
  {
    number: 2,
    name: 'a quarter crashes at once',
    sizes: [12, 16],
    spanMs: 10_000,
    sparesBystanders: true,
    inject: (run) => crashAll(run, run.pick(4)),
    mustHold: allGoneInTime,
  },
  {
    number: 3,
    name: 'a rack of a twentieth crashes at once',
    sizes: [20, 22],
    spanMs: 8_000,
    sparesBystanders: true,
    inject: (run) => crashAll(run, run.pick(2)),
    mustHold: allGoneInTime,
  },
  {
    number: 4,
    name: 'half crashes at once',
    sizes: [8, 12],
    spanMs: 15_000,
    sparesBystanders: true,
    inject: (run) => crashAll(run, run.pick(Math.floor(run.cluster.nodes.length / 2))),
    mustHold: allGoneInTime,
  },
  {
    number: 5,
    name: 'nine tenths crash, and return',
    sizes: [10, 10],
    spanMs: 45_000,
    inject: (run) => {
      const names = run.pick(8);
      crashAll(run, names);
      run.after(20_000, () => names.forEach((name) => run.restart(name)));
    },
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(20_000);
      run.within(15_000, () => run.see(all, all, 'alive'));
    },
  },
  ...(['join', 'leave', 'refutation', 'push/pull'] as const).map((what): FaultScenario => ({
    number: 6,
    name: `crash during its own ${what}`,
    sizes: [4, 7],
    options: () => ({ network: { streamChunkMaxBytes: 40 } }),
    spanMs: 15_000,
    inject: (run) => crashDuring(run, what),
  })),
  {
    number: 11,
    name: 'rolling restart',
    sizes: [5, 8],
    spanMs: 12_000,
    sparesBystanders: true,
    inject: (run) => {
      const names = run.touch(run.cluster.nodes.map(({ name }) => name));
      run.every(1_000, names.length, (round) => {
        run.cluster.crash(names[round]!, { isHostUp: true });
        run.after(500, () => run.restart(names[round]!));
      });
    },
    mustHold: (run) => {
      const { victims: all } = run;
      run.cluster.runForMs(1_000 * all.length + 500);
      run.within(run.cluster.convergenceBoundMs, () => run.see(all, all, 'alive'));
      run.insist(run.deathCount(all, all) === 0, 'a member that restarts at once is not declared dead');
    },
  },
  {
    number: 59,
    name: 'a member that is up 5 s and down 5 s',
    sizes: [5, 8],
    spanMs: 60_000,
    sparesBystanders: true,
    inject: (run) => {
      const [name] = run.pick(1);
      run.every(10_000, 6, () => {
        run.cluster.crash(name!);
        run.after(5_000, () => run.restart(name!));
      });
    },
    mustHold: (run) => {
      run.cluster.runForMs(60_000);
      const { bystanders } = run;
      run.insist(run.see(bystanders, bystanders, 'alive'), 'bystanders see each other alive');
    },
  },
];

function crashAll(run: FaultRun, names: readonly string[]): void {
  for (const name of names) run.cluster.crash(name);
}

function allGoneInTime(run: FaultRun): void {
  const { cluster, bystanders, victims } = run;
  run.within(crashKnownMaxMs(cluster.config, cluster.nodes.length), () => run.see(bystanders, victims, 'gone'));
}

/** At some instant of it, from its first byte on. */
function crashDuring(run: FaultRun, what: 'join' | 'leave' | 'refutation' | 'push/pull'): void {
  const { cluster } = run;
  const [name] = run.pick(1);
  const crashSoon = (): void => run.after(randomInt(run.rng, 400) / 10, () => cluster.crash(name!, { isHostUp: true }));
  switch (what) {
    case 'join':
      cluster.crash(name!);
      run.after(3_000, () => {
        run.restart(name!);
        crashSoon();
      });
      return;
    case 'leave':
      cluster.leave(name!);
      crashSoon();
      return;
    case 'refutation':
      cluster.isolate(name!, { forMs: 2_500 });
      run.after(2_500, crashSoon);
      return;
    case 'push/pull':
      cluster.join(name!, ['n1', 'n2']);
      crashSoon();
      return;
  }
}
