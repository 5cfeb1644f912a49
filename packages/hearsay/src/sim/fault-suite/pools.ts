import { randomInt } from '../../util/index.ts';
import type { FaultScenario } from './fault-scenario.ts';

/** Load and trouble in Serf pools, of gossiped state, and between pools. */
export const poolFaults: readonly FaultScenario[] = [
  {
    number: 14,
    name: 'a live member is forced to leave',
    sizes: [4, 7],
    options: () => ({ serf: {} }),
    spanMs: 15_000,
    inject: (run) => void run.cluster.serf.forceLeave('n1', run.pick(1)[0]!),
    mustHold: (run) => {
      const [name] = run.victims;
      const isAlive = (): boolean => run.cluster.nodes.every(({ core }) => core.serfMember(name!)?.status === 'alive');
      // By gossip at once; one in a hundred misses it, and hears of it in an exchange.
      run.within(run.cluster.convergenceBoundMs, isAlive);
    },
  },
  {
    number: 41,
    name: 'wall clocks jump by an hour and by ten years',
    sizes: [4, 6],
    options: () => ({ kv: { gossip: { beacon: false } } }),
    spanMs: 15_000,
    sparesBystanders: true,
    inject: (run) => {
      const names = run.pick(2);
      const jumps = [3_600_000, -3_600_000, 10 * 365 * 86_400_000, -10 * 365 * 86_400_000];
      run.every(3_000, 4, (round) => names.forEach((name) => run.cluster.kv.setClock(name, jumps[round]!)));
      run.after(13_000, () => names.forEach((name) => run.cluster.kv.setClock(name, 0)));
    },
    mustHold: (run) => {
      const all = run.cluster.nodes.map(({ name }) => name);
      run.cluster.runForMs(15_000);
      run.insist(run.deathCount(all, all) === 0, 'no clock on a wall kills anybody');
    },
  },
  {
    number: 53,
    name: 'a thousand user events in a second',
    sizes: [4, 6],
    options: () => ({ serf: {} }),
    spanMs: 15_000,
    sparesBystanders: true,
    // A thousand events are more than any plan of the swarm tells the pool.
    breaks: ['bounded-queues', 'back-to-baseline'],
    inject: (run) => {
      run.every(10, 100, (round) => {
        if (run.cluster.node('n1').state !== 'running') return;
        for (let i = 0; i < 10; i += 1) run.cluster.serf.event('n1', `flood-${round}-${i}`);
      });
      run.after(1_000, () => run.cluster.crash(run.pick(1)[0]!));
    },
    mustHold: (run) => {
      run.cluster.runForMs(1_001);
      run.within(45_000, () => run.see(run.bystanders, run.victims, 'gone'));
    },
  },
  {
    number: 54,
    name: 'every member rewrites its keys each second',
    sizes: [4, 5],
    options: () => ({ kv: { gossip: { beacon: false } } }),
    spanMs: 12_000,
    inject: (run) => {
      run.every(1_000, 10, (round) => {
        for (const { name, state } of run.cluster.nodes) {
          if (state !== 'running') continue;
          for (let key = 0; key < 8; key += 1) run.cluster.kv.setOwn(name, `k${key}`, `${round}`);
        }
      });
    },
    mustHold: (run) => {
      run.cluster.runForMs(9_001);
      const names = run.cluster.nodes.map(({ name }) => name);
      const isFresh = (reader: string, owner: string): boolean => run.cluster.kv.getOwned(reader, owner, 'k7') === '9';
      run.within(5_000, () => names.every((reader) => names.every((owner) => isFresh(reader, owner))));
    },
  },
  {
    number: 60,
    name: 'a member announces an address where nobody is',
    sizes: [4, 6],
    spanMs: 30_000,
    sparesBystanders: true,
    breaks: ['convergence', 'no-false-death', 'completeness', 'one-owner'],
    inject: (run) => {
      const stray = run.cluster.add('stray', { seeds: ['n1'] });
      run.touch(['stray']);
      // What it announced does not lead to it any more, as behind a NAT that was bound anew.
      run.after(2_000, () => run.cluster.cutOff(stray.name, 'cannot-receive'));
    },
    mustHold: (run) => {
      run.cluster.runForMs(60_000);
      run.insist(run.see(run.bystanders, run.bystanders, 'alive'), 'all others see each other alive');
    },
  },
  {
    number: 61,
    name: 'two pools of different labels on one network',
    sizes: [4, 6],
    options: () => ({ node: { label: 'ours' } }),
    spanMs: 20_000,
    // It reads no packet with a label.
    breaks: ['second-hand-death'],
    inject: (run) => {
      const { simulator } = run.cluster;
      const stranger = simulator.addNode('stranger');
      run.touch(['stranger']);
      run.cluster.outcasts.add(stranger);
      simulator.boot(stranger, { profile: 'lan', label: 'theirs', seeds: [run.cluster.node('n1').address] });
      run.every(3_000, 5, () => stranger.step((core, nowMs) => core.join(nowMs, [run.cluster.node('n1').address])));
    },
    mustHold: (run) => {
      run.cluster.runForMs(20_000);
      run.insist(run.see(run.bystanders, ['stranger'], 'gone'), 'the pools never meet');
      run.insist(run.cluster.core('stranger').memberCount === 1, 'the stranger sees itself alone');
    },
  },
  {
    number: 62,
    name: 'twenty minutes with a crash and a return every four',
    sizes: [4, 5],
    spanMs: 1_200_000,
    sparesBystanders: true,
    inject: (run) => {
      const [first, second] = run.pick(2);
      run.every(240_000, 4, (round) => {
        const name = round % 2 === 0 ? first! : second!;
        run.cluster.crash(name);
        run.after(60_000, () => run.restart(name));
      });
    },
  },
  {
    number: 63,
    name: 'a query with relays while a member dies',
    sizes: [6, 9],
    options: () => ({ serf: {} }),
    spanMs: 15_000,
    inject: (run) => {
      run.cluster.serf.answer('who', (name) => name);
      run.after(randomInt(run.rng, 200), () => run.cluster.crash(run.pick(1)[0]!));
    },
    mustHold: (run) => {
      const query = run.cluster.serf.query('n1', 'who', null, { relayFactor: 2, requestAck: true, timeoutMs: 5_000 });
      run.cluster.runForMs(5_100);
      run.insist(query.summary !== undefined, 'the query ends when its time is up');
      const names = query.responses.map(({ from }) => from);
      run.insist(new Set(names).size === names.length, 'nobody is counted twice');
      // It goes by gossip alone, which by chance may miss one.
      const told = new Set([...names, ...(query.summary?.silent ?? [])]);
      run.insist(
        run.bystanders.every((name) => told.has(name)),
        'who did not answer is named as silent',
      );
    },
  },
];
