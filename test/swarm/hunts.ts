import type * as Sim from 'hearsay/sim';

/** The simulator of the build under test. */
export type SimModule = typeof Sim;

/** What a hunt found: an invariant that does not hold, undefined when all do. */
export interface Found {
  readonly invariant: string;
  readonly report: string;
}

export type Hunt = (sim: SimModule, seed: number) => Found | undefined;

const never = 24 * 60 * 60_000;

/** Runs made for mistakes that the cluster makes good by other means within the swarm's bounds. */
export const hunts: Record<string, Hunt> = {
  swarm: (sim, seed) => {
    const { failure, report } = sim.runSwarmSeed(seed);
    return failure === undefined ? undefined : { invariant: failure, report };
  },

  'kv-swarm': (sim, seed) => {
    const { failure, report } = sim.runKvSwarmSeed(seed);
    return failure === undefined ? undefined : { invariant: failure, report };
  },

  /** One member loses most of what it sends, and accuses others whose answers it does not get. */
  'bad-links': (sim, seed) => {
    const fault = sim.faultScenarios.find(({ name }) => name === '80 % egress loss at a member')!;
    const { failure, report } = sim.runFault(fault, 'liveness', seed);
    return failure === undefined ? undefined : { invariant: failure, report };
  },

  /** A member crashes, and nothing else is wrong. */
  'one-crash': (sim, seed) => {
    const cluster = sim.simulate({ seed, nodeCount: 5, transcript: { linesMax: 200 } });
    cluster.crash('n3').runForMs(3 * 60_000);
    return undefined;
  },

  /** Members that are often apart write, delete, and forget deletions at once: whoever heals has to find out what is dead. */
  'kv-apart': (sim, seed) => {
    const names = ['n1', 'n2', 'n3', 'n4'];
    const config = { sharedTombstoneKeepMs: 1, ownedTombstoneKeepMs: 1, sharedWritesBurst: 10_000 };
    const kv = { config, gossip: { beacon: false } };
    const cluster = sim.simulate({ seed, nodeCount: names.length, kv, transcript: { linesMax: 200 } });
    // Any sequence that differs from seed to seed will do.
    let state = seed;
    const draw = (count: number): number => (state = (state * 48_271 + 11) % 0x7fffffff) % count;
    for (let round = 0; round < 8; round += 1) {
      const side = names.filter(() => draw(2) === 0);
      cluster.partition([side, names.filter((name) => !side.includes(name))], { forMs: 1_200 });
      for (let action = 0; action < 8; action += 1) {
        const name = names[draw(names.length)]!;
        const key = ['x', 'y'][draw(2)]!;
        const what = draw(3);
        if (what === 0) cluster.kv.put(name, key, `${round}/${action}`);
        else if (what === 1) cluster.kv.delete(name, key);
        else cluster.kv.tend(name);
        cluster.runForMs(150);
      }
      cluster.runForMs(100 + draw(1_500));
    }
    cluster.settle();
    return undefined;
  },

  /** What a clock wrote that is ahead is refused at first, and taken when its time has come. */
  'kv-ahead': (sim, seed) => {
    const cluster = sim.simulate({
      seed,
      nodeCount: 4,
      kv: { gossip: { beacon: false } },
      transcript: { linesMax: 200 },
    });
    cluster.kv.setClock('n1', 8_000);
    cluster.kv.put('n1', 'x', 'early');
    cluster.runForMs(15_000).settle();
    return undefined;
  },

  /** What a clock that is ahead wrote, one that is ahead as well has taken; then the first is set right. */
  'kv-two-clocks': (sim, seed) => {
    const cluster = sim.simulate({
      seed,
      nodeCount: 6,
      kv: { gossip: { beacon: false } },
      transcript: { linesMax: 200 },
    });
    cluster.kv.setClock('n1', 30_000);
    cluster.kv.setClock('n2', 30_000);
    cluster.kv.put('n1', 'x', 'early');
    cluster.runForMs(5_000);
    cluster.kv.setClock('n1', 0);
    cluster.runForMs(10_000).settle();
    return undefined;
  },

  /** Without push/pull, healing and rules of our own only gossip can tell a node that it was declared dead. */
  'told-by-gossip': (sim, seed) => {
    const swim = { pushPullIntervalMs: 0, healIntervalMs: never };
    const node = { rules: 'memberlist' } as const;
    const cluster = sim.simulate({ seed, nodeCount: 6, swim, node, transcript: { linesMax: 400 } });
    cluster.isolate('n3');
    cluster.runUntil(() => cluster.stateAt('n1', 'n3') === 'dead');
    cluster.heal().runForMs(20_000);
    const isBack = cluster.nodes.every((node) => cluster.stateAt(node.name, 'n3') === 'alive');
    return isBack ? undefined : { invariant: 'told-by-gossip', report: cluster.transcript.text(60) };
  },

  /** Two nodes that do not hear each other reach each other through the rest, and neither accuses the other. */
  'helpers-bridge': (sim, seed) => {
    const cluster = sim.simulate({ seed, nodeCount: 5, swim: { streamPings: false } });
    cluster.keepTraces();
    cluster.divide('n2', 'n3').runForMs(60_000);
    return noTrace(cluster, 'helpers-bridge', (event) => event.type === 'probe-failed');
  },

  /** Helpers that answer with a nack vouch for the health of who asked, so it does not blame itself for a crash. */
  'nacks-vouch': (sim, seed) => {
    const cluster = sim.simulate({ seed, nodeCount: 5 });
    cluster.keepTraces();
    cluster.crash('n3').runForMs(5_000);
    return noTrace(cluster, 'nacks-vouch', (event) => event.type === 'health' && event.score > 0);
  },

  /** Without push/pull a rumor reaches all only because everybody passes it on. */
  'rumor-reaches-all': (sim, seed) => {
    const swim = { pushPullIntervalMs: 0, healIntervalMs: never };
    const cluster = sim.simulate({ seed, nodeCount: 20, swim });
    cluster.runForMs(5_000).updateMeta('n3', 'news').runForMs(4_000);
    const knows = (name: string): boolean => cluster.core(name).member('n3')?.meta.length === 4;
    const missing = cluster.nodes.filter((node) => !knows(node.name));
    if (missing.length === 0) return undefined;
    return { invariant: 'rumor-reaches-all', report: `${missing.length} of 20 did not hear it` };
  },
};

type Trace = ReturnType<Sim.Scenario['tracesAt']>[number];

function noTrace(cluster: Sim.Scenario, invariant: string, isForbidden: (event: Trace) => boolean): Found | undefined {
  for (const node of cluster.nodes) {
    const found = cluster.tracesAt(node.name).find(isForbidden);
    if (found !== undefined) return { invariant, report: `${node.name}: ${JSON.stringify(found)}` };
  }
  return undefined;
}
