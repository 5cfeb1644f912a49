/** Check 18: sums and means that the members estimate together. */
import { SeededRng } from 'hearsay/core';
import { figure } from '../lib/figures.mjs';
import { formedCluster } from './cluster.mjs';

const metric = 'load';
const roundMs = 1_000;
/** The bar speaks of these. */
const middleRound = 20;
const strideRounds = 15;

/**
 * Each node has a gauge from 0 to 100, by chance, and publishes nothing. Watched is the second epoch, the first in which all
 * take part: what each node has after 20 rounds and after 30.
 */
function runEstimate(seed, { nodes: nodeCount }) {
  const telemetry = { publish: false, estimate: [metric], estimateRoundMs: roundMs };
  const cluster = formedCluster({ seed, nodeCount, scenario: { network: { loss: 0.1 }, telemetry } });
  const rng = new SeededRng(seed, 78);
  const slot = cluster.nodes[0].core.telemetry.slotOf(metric).value;
  let sum = 0;
  for (const { core } of cluster.nodes) {
    const value = (100 * rng.nextUint32()) / 2 ** 32;
    core.telemetry.instrument('gauge', metric).set(value);
    sum += value;
  }
  const mean = sum / nodeCount;
  const errorOf = (outcome) => Math.abs(outcome.estimate(slot).mean / mean - 1);

  // The wait of nodes that have just joined, the first half of the first epoch, and 19 rounds of the second one.
  cluster.runForMs((2 * strideRounds + middleRound - 1) * roundMs);
  const waiting = new Set(cluster.nodes);
  let middle = 0;
  const sentBefore = cluster.nodes.map(({ traffic }) => traffic.bytesSent);
  const startMs = cluster.nowMs;
  while (waiting.size > 0) {
    cluster.runForMs(roundMs / 10);
    for (const node of waiting) {
      const [older] = node.core.telemetry.outcomesUnderWay;
      if (older.rounds < middleRound) continue;
      waiting.delete(node);
      middle = Math.max(middle, errorOf(older));
    }
  }
  const isOver = () => cluster.nodes.every(({ core }) => core.telemetry.stats.estimates.epochs >= 2);
  cluster.runUntil(isOver);
  const outcomes = cluster.nodes.map(({ core }) => core.telemetry.outcome);
  const seconds = (cluster.nowMs - startMs) / 1_000;
  const bytes = cluster.nodes.map(({ traffic }, index) => (traffic.bytesSent - sentBefore[index]) / seconds);
  return {
    nodeCount,
    middle,
    end: Math.max(...outcomes.map(errorOf)),
    count: Math.max(...outcomes.map(({ nodes }) => Math.abs(nodes / nodeCount - 1))),
    massLeft: outcomes[0].massLeft,
    meanErrorBound: outcomes[0].estimate(slot).meanErrorBound,
    bytesPerSecond: bytes.reduce((total, each) => total + each, 0) / nodeCount,
  };
}

export const estimateCheck = {
  number: 18,
  title: 'push-sum: 1,000 nodes whose values lie between 0 and 100, 10 % loss',
  bar: 'worst node within 4 % after 20 rounds, 1.5 % after 30; the count of nodes by extrema, K = 1,024, within 10 %',
  full: { nodes: 1_000, seeds: 3 },
  small: { nodes: 60 },
  run: runEstimate,
  judge: (results) => {
    const most = (pick) => Math.max(...results.map(pick));
    const middle = most((result) => result.middle);
    const end = most((result) => result.end);
    const count = most((result) => result.count);
    const [first] = results;
    // The error goes with the root of the number of nodes: the bars are those of 1,000.
    const scale = Math.sqrt(1_000 / first.nodeCount);
    return {
      figure:
        `worst node ${figure(100 * middle)} % after 20 rounds, ${figure(100 * end)} % after 30; ` +
        `count within ${figure(100 * count)} %; all packets of a node ${figure(first.bytesPerSecond / 1_000)} KB/s; ` +
        `mass left by its own measure ${figure(first.massLeft)}`,
      isMet: middle <= 0.04 * scale && end <= 0.015 * scale && count <= 0.1,
    };
  },
};
