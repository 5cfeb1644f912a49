import { randomInt } from '../../util/index.ts';
import type { FaultScenario } from './fault-scenario.ts';

/** Processes that get no time, or get it late. */
export const stallFaults: readonly FaultScenario[] = [
  {
    number: 17,
    name: 'a quarter stands still for up to a minute',
    sizes: [8, 12],
    spanMs: 65_000,
    sparesBystanders: true,
    inject: (run) => {
      for (const name of run.pick(Math.ceil(run.cluster.nodes.length / 4))) {
        run.cluster.pause(name, { forMs: 100 + randomInt(run.rng, 60_000) });
      }
    },
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(60_100);
      run.within(run.cluster.convergenceBoundMs, () => run.see(all, all, 'alive'));
    },
  },
  {
    number: 18,
    name: 'bursts of starvation, a few milliseconds apart',
    sizes: [8, 12],
    spanMs: 30_000,
    sparesBystanders: true,
    inject: (run) => {
      for (const name of run.pick(2)) {
        const forMs = 500 + randomInt(run.rng, 3_000);
        run.every(forMs + 1 + randomInt(run.rng, 60), Math.floor(30_000 / forMs), () =>
          run.cluster.pause(name, { forMs }),
        );
      }
    },
  },
  {
    number: 42,
    name: 'a machine is suspended for ten minutes',
    sizes: [4, 7],
    spanMs: 601_000,
    sparesBystanders: true,
    inject: (run) => void run.cluster.pause(run.pick(1)[0]!, { forMs: 600_000 }),
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(600_001);
      run.within(run.cluster.convergenceBoundMs, () => run.see(all, all, 'alive'));
    },
  },
  {
    number: 43,
    name: 'timers half a second late',
    sizes: [5, 8],
    spanMs: 30_000,
    sparesBystanders: true,
    inject: (run) => {
      const [name] = run.pick(1);
      run.every(510, 58, () => run.cluster.pause(name!, { forMs: 500 }));
    },
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(30_000);
      run.insist(run.deathCount(all, all) === 0, 'nobody is declared dead');
    },
  },
];
