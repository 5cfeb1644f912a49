import { randomChance, randomInt, shuffle } from '../../util/index.ts';
import type { FaultRun, FaultScenario } from './fault-scenario.ts';

/** Members that join, leave, come back, or come twice. */
export const returnFaults: readonly FaultScenario[] = [
  {
    number: 7,
    name: 'restart at the same address, the incarnation lost',
    sizes: [4, 8],
    spanMs: 45_000,
    inject: (run) => {
      const [name] = run.pick(1);
      // So that the record it leaves behind is well above that of a new process.
      for (let i = 0; i < 4; i += 1) run.cluster.updateMeta(name!, `v${i}`);
      run.cluster.crash(name!);
      run.after(30_000, () => run.restart(name!));
    },
    mustHold: (run) => {
      run.within(30_000, () => run.see(run.bystanders, run.victims, 'gone'));
      run.within(run.cluster.convergenceBoundMs, () => run.see(run.bystanders, run.victims, 'alive'));
    },
  },
  {
    number: 8,
    name: 'restart at a new address',
    sizes: [4, 8],
    options: () => ({ swim: { gossipToTheDeadMs: 10_000, deadNodeReclaimMs: 5_000 } }),
    spanMs: 60_000,
    inject: (run) => {
      const [name] = run.pick(1);
      run.cluster.crash(name!);
      run.after(40_000, () => {
        run.cluster.restart(name!, { address: { host: '10.9.9.9', port: 7_946 } }).join(name!);
      });
    },
    mustHold: (run) => {
      run.cluster.runForMs(40_001);
      run.within(run.cluster.convergenceBoundMs, () => run.see(run.bystanders, run.victims, 'alive'));
    },
  },
  {
    number: 9,
    name: 'two processes of one name',
    sizes: [4, 6],
    spanMs: 20_000,
    // Each of the two takes itself for the right one.
    breaks: ['convergence', 'no-false-death', 'incarnation-owner'],
    inject: (run) => {
      const [name] = run.pick(1);
      run.cluster.add(name!, { address: { host: '10.9.9.9', port: 7_946 }, seeds: ['n1'] });
    },
    mustHold: (run) => {
      const [name] = run.victims;
      const [second] = run.cluster.nodes.slice(-1);
      run.cluster.runForMs(20_000);
      const conflicts = run.cluster.fullEventsAt('n1').filter((event) => event.type === 'name-conflict');
      run.insist(conflicts.length > 0, 'the conflict is told of');
      const owner = run.cluster.core('n1').member(name!);
      run.insist(owner?.address?.host !== '10.9.9.9', 'who had the name keeps it');
      // Then it ends, as it should.
      run.cluster.simulator.note(second, 'crashes');
      second!.crash(true);
    },
  },
  {
    number: 10,
    name: 'all restart within seconds, in any order',
    sizes: [6, 12],
    spanMs: 25_000,
    inject: (run) => {
      const names = [...run.touch(run.cluster.nodes.map(({ name }) => name))];
      shuffle(run.rng, names);
      for (const name of names) {
        run.after(randomInt(run.rng, 5_000), () => run.cluster.crash(name));
        run.after(5_001 + randomInt(run.rng, 5_000), () => run.restart(name));
      }
    },
    mustHold: (run) => {
      const { victims: all } = run;
      run.cluster.runForMs(10_001);
      run.within(60_000, () => run.see(all, all, 'alive'));
    },
  },
  {
    number: 12,
    name: 'leave while half of all packets are lost',
    sizes: [5, 8],
    spanMs: 15_000,
    inject: (run) => {
      run.cluster.degrade('all', 'all', { loss: 0.5, channel: 'packets' }, { forMs: 10_000 });
      run.cluster.leave(run.pick(1)[0]!, { thenStop: true });
    },
    mustHold: (run) => {
      run.cluster.runForMs(15_000);
      run.within(60_000, () => run.see(run.bystanders, run.victims, 'gone'));
    },
  },
  {
    number: 13,
    name: 'leave, and rejoin at once',
    sizes: [4, 8],
    spanMs: 15_000,
    sparesBystanders: true,
    inject: (run) => {
      const [name] = run.pick(1);
      run.cluster.leave(name!, { timeoutMs: 500, thenStop: true });
      run.after(501 + randomInt(run.rng, 1_500), () => run.restart(name!));
    },
    mustHold: (run) => {
      run.cluster.runForMs(2_001);
      // By gossip at once; one in a hundred misses it, and hears of it in an exchange.
      run.within(run.cluster.convergenceBoundMs, () => run.see(run.bystanders, run.victims, 'alive'));
    },
  },
  {
    number: 15,
    name: 'all join at once through one seed',
    sizes: [12, 24],
    options: () => ({ start: 'apart' }),
    spanMs: 8_000,
    inject: (run) => joinAll(run, ['n1']),
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.within(10_000, () => run.see(all, all, 'alive'));
    },
  },
  {
    number: 16,
    name: 'join through a dead seed and a slow one',
    sizes: [4, 6],
    options: () => ({ start: 'apart' }),
    spanMs: 40_000,
    inject: (run) => {
      run.touch(['n1', 'n2']);
      run.cluster.crash('n1', { isHostUp: randomChance(run.rng, 0.5) });
      run.cluster.degrade(['n2'], 'all', { addedLatencyMs: 1_500 }, { forMs: 30_000 });
      run.cluster.degrade('all', ['n2'], { addedLatencyMs: 1_500 }, { forMs: 30_000 });
      joinAll(run, ['n1', 'n2']);
    },
    mustHold: (run) => {
      run.cluster.runForMs(30_000);
      for (const name of run.bystanders) {
        const answered = run.cluster.fullEventsAt(name).some((event) => event.type === 'join-done');
        run.insist(answered, `${name} hears what became of its join`);
      }
    },
  },
];

function joinAll(run: FaultRun, through: readonly string[]): void {
  for (const { name } of run.cluster.nodes.slice(1)) run.cluster.join(name, through);
}
