/** Check 17: metrics of all members, folded by each. */
import { SeededRng } from 'hearsay/core';
import { figure } from '../lib/figures.mjs';
import { formedCluster, runningNames } from './cluster.mjs';

const periodMs = 10_000;
/** Three periods, by the design. */
const ttlMs = 3 * periodMs;
const metric = 'latency_ms';
const valuesPerSample = 40;
const deadCount = 3;

/**
 * Each node records a few durations a period, on some nodes ten times as long as on others. At several instants each
 * node's 99th percentile is compared with that of the very values that the samples it has stand for; then some members die.
 */
function runFold(seed, { nodes: nodeCount, looks }) {
  const cluster = formedCluster({
    seed,
    nodeCount,
    scenario: { network: { loss: 0.1 }, telemetry: { periodMs, windowMs: periodMs } },
  });
  const rng = new SeededRng(seed, 77);
  const samples = new Map(cluster.nodes.map((node) => [node.name, measureAt(node, rng)]));
  cluster.runForMs(3 * periodMs);
  let error = 0;
  let oldestMs = 0;
  let missing = 0;
  for (let look = 0; look < looks; look += 1) {
    cluster.runForMs(periodMs * 0.7);
    for (const { name, core } of cluster.nodes) {
      const { telemetry } = cluster.kv.at(name).state;
      // Nothing else is published here: the version of the entry is the number of the sample.
      const folded = cluster.nodes.flatMap((node) => {
        const entry = telemetry.get(node.name, '~m');
        return entry === undefined ? [] : samples.get(node.name)[entry.version - 1];
      });
      const fold = core.telemetry.folder.fold('histogram', metric);
      const truth = Float64Array.from(folded).sort()[Math.floor(0.99 * (folded.length - 1))];
      error = Math.max(error, Math.abs(fold.sketch.quantile(0.99) / truth - 1));
      oldestMs = Math.max(oldestMs, fold.oldestMs);
      missing = Math.max(missing, nodeCount - fold.nodes);
    }
  }
  for (const { name } of cluster.nodes.slice(1, 1 + deadCount)) cluster.crash(name);
  cluster.runForMs(ttlMs + 1_000);
  const left = runningNames(cluster).map((name) => cluster.core(name).telemetry.folder.fold('histogram', metric).nodes);
  return { error, oldestMs, missing, stillThere: Math.max(...left) - (nodeCount - deadCount) };
}

/** @returns {number[][]} what the samples of the node stand for, in their order */
function measureAt({ index, core }, rng) {
  const samples = [];
  const histogram = core.telemetry.instrument('histogram', metric);
  core.telemetry.onSample(() => {
    const scale = index % 20 === 0 ? 100 : 10;
    const values = Array.from({ length: valuesPerSample }, () => scale * Math.exp(rng.nextUint32() / 2 ** 31 - 1));
    for (const value of values) histogram.current.record(value);
    samples.push(values);
  });
  return samples;
}

export const foldCheck = {
  number: 17,
  title: 'telemetry folded: 1,000 nodes, 10 s period, 10 % loss; then three members die',
  bar: 'p99 within 1.1 % of the folded samples at all; none older than 20 s; the dead are gone after 30 s',
  full: { nodes: 1_000, looks: 2, seeds: 1 },
  small: { nodes: 60, looks: 3 },
  run: runFold,
  judge: (results) => {
    const most = (pick) => Math.max(...results.map(pick));
    const error = most((result) => result.error);
    const oldestMs = most((result) => result.oldestMs);
    const missing = most((result) => result.missing);
    const stillThere = most((result) => result.stillThere);
    return {
      figure:
        `p99 within ${figure(100 * error)} %, oldest sample ${figure(oldestMs / 1_000)} s, ` +
        `samples missing at most ${missing}, dead members left after 31 s: ${stillThere}`,
      isMet: error <= 0.011 && oldestMs <= 20_000 && missing === 0 && stillThere === 0,
    };
  },
};
