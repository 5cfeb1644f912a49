/** Checks 1 to 4: how fast one write is everywhere. */
import { quantile } from '../lib/figures.mjs';
import { formedCluster, msUntil, runningNames, shownAt, someNode } from './cluster.mjs';

const limitMs = 30_000;
const dayMs = 86_400_000;

/** One write into a quiet cluster; milliseconds until it is everywhere, and how many nodes lack it in the end. */
function runWrite(seed, { nodes: nodeCount, keys: keyCount, loss, gossip, deadShare = 0 }) {
  const scenario = { network: { loss } };
  const cluster = formedCluster({ seed, nodeCount, keyCount, kv: { gossip }, scenario });
  const writer = someNode(cluster, seed);
  // At another phase of the gossip interval in each run.
  cluster.runForMs((seed * 37) % 200);
  const others = cluster.nodes.filter((node) => node.name !== writer);
  for (const node of others.slice(0, Math.round(nodeCount * deadShare))) cluster.crash(node.name);
  cluster.kv.put(writer, 'flag', 'on');
  const names = runningNames(cluster);
  const ms = msUntil(cluster, shownAt(cluster, names, 'flag', 'on'), limitMs);
  return { ms, missing: names.filter((name) => cluster.kv.get(name, 'flag') !== 'on').length };
}

/** Passed when nearly all runs are within one bar and all within another. */
function judgeTimes(results, nearlyAllMs, allMs) {
  const times = results.map(({ ms }) => ms ?? Infinity);
  const within = (barMs) => times.filter((ms) => ms <= barMs).length;
  const nearly = Math.ceil(times.length * 0.99);
  const seconds = (ms) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(2)} s` : 'never');
  return {
    figure:
      `median ${seconds(quantile(times, 0.5))}, most ${seconds(Math.max(...times))}; ` +
      `${within(nearlyAllMs)} of ${times.length} within ${nearlyAllMs / 1_000} s`,
    isMet: within(nearlyAllMs) >= nearly && within(allMs) === times.length,
  };
}

const full = { nodes: 1_000, keys: 1_000 };
const small = { nodes: 60, keys: 50 };

export const spreadChecks = [
  {
    number: 1,
    title: '1,000 nodes, 1,000 shared keys, 10 % loss: one write is shown at all',
    bar: '2.4 s in 99 of 100 seeds, 3 s in all',
    full,
    small,
    run: (seed, options) => runWrite(seed, { ...options, loss: 0.1 }),
    judge: (results) => judgeTimes(results, 2_400, 3_000),
  },
  {
    number: 2,
    title: 'the same with 20 % of the members dead, but still listed',
    bar: '2.6 s in 99 of 100 seeds',
    full,
    small,
    run: (seed, options) => runWrite(seed, { ...options, loss: 0.1, deadShare: 0.2 }),
    judge: (results) => judgeTimes(results, 2_600, limitMs),
  },
  {
    number: 3,
    title: 'the same without rumors, K = 3, T = 1 s',
    bar: '6 s in all seeds',
    full,
    small,
    run: (seed, options) => runWrite(seed, { ...options, loss: 0.1, gossip: { rumors: false, peersPerPeriod: 3 } }),
    judge: (results) => judgeTimes(results, 6_000, 6_000),
  },
  {
    number: 4,
    title: '30 % loss: with rumors and exchanges all show it; rumors alone miss somebody',
    bar: '6 s in all seeds; rumors alone miss a node in at least one',
    full,
    small,
    run: (seed, options) => ({
      ...runWrite(seed, { ...options, loss: 0.3 }),
      alone: runWrite(seed, { ...options, loss: 0.3, gossip: { periodMs: dayMs, peersPerPeriod: 1 } }).missing,
    }),
    judge: (results) => {
      const { figure, isMet } = judgeTimes(results, 6_000, 6_000);
      const missed = results.filter(({ alone }) => alone > 0).length;
      return {
        figure: `${figure}; rumors alone missed a node in ${missed} of ${results.length}`,
        isMet: isMet && (missed > 0 || results.length < 20),
      };
    },
  },
];
