/** Clusters of simulated nodes with state, and what the checks ask of them. */
import { drainQueues, simulate, warmState } from 'hearsay/sim';

/** @typedef {import('hearsay/sim').Scenario} Scenario */

/** How often a check looks: finer than any of its bars. */
const lookMs = 20;

/**
 * A cluster in which all know each other, have the same shared keys, and have nothing left to tell.
 * @param {object} options
 * @param {number} options.seed
 * @param {number} options.nodeCount
 * @param {number} [options.keyCount] with values of 40 bytes
 * @param {import('hearsay/sim').KvScenarioOptions} [options.kv]
 * @param {Partial<import('hearsay/sim').ScenarioOptions>} [options.scenario]
 */
export function formedCluster({ seed, nodeCount, keyCount = 0, kv = {}, scenario = {} }) {
  const shared = Array.from({ length: keyCount }, (_, index) => [`key/${index}`, `${index}`.padStart(40, '.')]);
  const writers = Array.from({ length: nodeCount }, (_, index) => `n${index + 1}`);
  const cluster = simulate({
    seed,
    nodeCount,
    checkers: [],
    transcript: { linesMax: 1, traces: 'none' },
    ...scenario,
    // Of the state only what the check is about: beacons and digests of views would be telemetry of their own.
    node: { views: false, ...scenario.node },
    kv: { saved: warmState({ shared, writers }), ...kv, gossip: { beacon: false, ...kv.gossip } },
  });
  drainQueues(cluster.simulator, 60_000);
  return cluster;
}

/**
 * Milliseconds until the condition holds, to 20 ms; `undefined` when it does not within `limitMs`.
 * @param {Scenario} cluster
 * @param {() => boolean} isSo
 * @param {number} limitMs
 */
export function msUntil(cluster, isSo, limitMs) {
  const startMs = cluster.nowMs;
  while (!isSo()) {
    if (cluster.nowMs - startMs >= limitMs) return undefined;
    cluster.runForMs(lookMs);
  }
  return cluster.nowMs - startMs;
}

/**
 * For `msUntil`: whether every named node shows the value. Looks again only at those that did not.
 * @param {Scenario} cluster
 * @param {readonly string[]} names
 * @param {string} key
 * @param {string | undefined} value
 */
export function shownAt(cluster, names, key, value) {
  let waiting = [...names];
  return () => {
    waiting = waiting.filter((name) => cluster.kv.get(name, key) !== value);
    return waiting.length === 0;
  };
}

/** Names of all nodes that run. @param {Scenario} cluster */
export function runningNames(cluster) {
  return cluster.nodes.filter((node) => node.state === 'running').map((node) => node.name);
}

/**
 * Whether all the named nodes have the same shared map: by dots.
 * @param {Scenario} cluster
 * @param {readonly string[]} names
 */
export function areEqual(cluster, names) {
  const [first, ...others] = names.map((name) => cluster.kv.at(name));
  const reference = [...first.list()];
  return others.every((kv) => {
    let count = 0;
    for (const entry of kv.list()) {
      count += 1;
      const own = first.get(entry.key);
      if (own !== entry && (own?.stream !== entry.stream || own.version !== entry.version)) return false;
    }
    return count === reference.length;
  });
}

/** Bytes of state that all nodes have sent, by the nodes' own count. @param {Scenario} cluster */
export function stateBytes(cluster) {
  return cluster.nodes.reduce((sum, node) => sum + sumOf(node.core.kv?.stats.sentBytes ?? {}), 0);
}

/** @param {Readonly<Record<string, number>>} counts */
export function sumOf(counts) {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** One of the nodes, by the seed. @param {Scenario} cluster @param {number} seed */
export function someNode(cluster, seed) {
  return cluster.nodes[(seed * 7_919) % cluster.nodes.length].name;
}
