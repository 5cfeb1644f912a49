/** Check 17: metrics of all members, folded by each. */
import { SeededRng } from 'hearsay/core';
import { figure } from '../lib/figures.mjs';
import { formedCluster, runningNames, sumOf } from './cluster.mjs';

const periodMs = 10_000;
/** Three periods, by the design. */
const ttlMs = 3 * periodMs;
const metric = 'latency_ms';
const valuesPerSample = 300;
const deadCount = 3;

/**
 * Each node records a few durations a period, on some nodes ten times as long as on others. At several instants each
 * node's 99th percentile is compared with that of the very values that the samples it has stand for; then some members die.
 * Meanwhile the bytes are counted that nodes send so that all this gets around.
 */
function runFold(seed, { nodes: nodeCount, looks }) {
  const cluster = formedCluster({
    seed,
    nodeCount,
    scenario: { network: { loss: 0.1 }, telemetry: { periodMs, windowMs: periodMs } },
  });
  const rng = new SeededRng(seed, 77);
  const samples = new Map(cluster.nodes.map((node) => [node.name, new Samples(cluster, node, rng)]));
  cluster.runForMs(periodMs);
  const sent = stateBytesOf(cluster);
  cluster.runForMs(periodMs);
  const perSecond = stateBytesOf(cluster).map((bytes, index) => (1_000 * (bytes - sent[index])) / periodMs);
  let error = 0;
  let oldestMs = 0;
  let missing = 0;
  for (let look = 0; look < looks; look += 1) {
    cluster.runForMs(periodMs * 0.7);
    for (const own of samples.values()) own.note();
    for (const { name, core } of cluster.nodes) {
      const { telemetry } = cluster.kv.at(name).state;
      const folded = cluster.nodes.flatMap((node) => {
        const entry = telemetry.get(node.name, '~m');
        return entry === undefined ? [] : samples.get(node.name).of(entry);
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
  return {
    error,
    oldestMs,
    missing,
    stillThere: Math.max(...left) - (nodeCount - deadCount),
    sampleBytes: cluster.nodes[0].core.telemetry.stats.sampleBytes,
    meanBytesPerSecond: perSecond.reduce((sum, each) => sum + each, 0) / nodeCount,
    mostBytesPerSecond: Math.max(...perSecond),
  };
}

function stateBytesOf(cluster) {
  return cluster.nodes.map(({ core }) => sumOf(core.kv.stats.sentBytes));
}

/** What the samples of a node stand for, by the version of the entry in which they were published. */
class Samples {
  #byVersion = new Map();
  #newest = [];
  #readEntry;

  constructor(cluster, { name, index, core }, rng) {
    const { telemetry } = cluster.kv.at(name).state;
    this.#readEntry = () => telemetry.get(name, '~m');
    const histogram = core.telemetry.instrument('histogram', metric);
    core.telemetry.onSample(() => {
      this.note();
      const scale = index % 20 === 0 ? 100 : 10;
      this.#newest = Array.from({ length: valuesPerSample }, () => scale * Math.exp(rng.nextUint32() / 2 ** 31 - 1));
      for (const value of this.#newest) histogram.current.record(value);
    });
  }

  /** To be called between two samples: before the next one is taken. */
  note() {
    const entry = this.#readEntry();
    if (entry !== undefined) this.#byVersion.set(entry.version, this.#newest);
  }

  of(entry) {
    return this.#byVersion.get(entry.version);
  }
}

export const foldCheck = {
  number: 17,
  title: 'telemetry folded: 1,000 nodes, 10 s period, 10 % loss; then three members die',
  bar: 'p99 within 1.1 % of the folded samples at all; none older than 20 s; the dead are gone after 30 s',
  full: { nodes: 1_000, looks: 1, seeds: 1 },
  small: { nodes: 60, looks: 3 },
  run: runFold,
  judge: (results) => {
    const most = (pick) => Math.max(...results.map(pick));
    const error = most((result) => result.error);
    const oldestMs = most((result) => result.oldestMs);
    const missing = most((result) => result.missing);
    const stillThere = most((result) => result.stillThere);
    const [first] = results;
    return {
      figure:
        `p99 within ${figure(100 * error)} %, oldest sample ${figure(oldestMs / 1_000)} s, ` +
        `samples missing at most ${missing}, dead members left after 31 s: ${stillThere}; samples of ${first.sampleBytes} B, ` +
        `of state a node sends ${figure(first.meanBytesPerSecond / 1_000)} KB/s, at most ` +
        `${figure(first.mostBytesPerSecond / 1_000)} KB/s in 10 s`,
      isMet: error <= 0.011 && oldestMs <= 20_000 && missing === 0 && stillThere === 0,
    };
  },
};
