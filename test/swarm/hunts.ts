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

  /** Without push/pull and healing only gossip can tell a node that it was declared dead. */
  'told-by-gossip': (sim, seed) => {
    const swim = { pushPullIntervalMs: 0, healIntervalMs: never };
    const cluster = sim.simulate({ seed, nodeCount: 6, swim, transcript: { linesMax: 400 } });
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
