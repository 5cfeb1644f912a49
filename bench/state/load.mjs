/** Check 13: what state costs at rest and under telemetry. */
import { figure } from '../lib/figures.mjs';
import { formedCluster, runningNames, shownAt, someNode, sumOf } from './cluster.mjs';

const windowMs = 10_000;
const periodMs = 10_000;

/** Idle for a while, then each node refreshes its telemetry every ten seconds; meanwhile one flag is written. */
function runLoad(seed, { nodes: nodeCount, keys: keyCount, idleSeconds, loadSeconds, bytes: telemetryBytes }) {
  // Uncompressed, so that streams of state are known by their first byte.
  const cluster = formedCluster({ seed, nodeCount, keyCount, scenario: { swim: { compression: false } } });
  const names = runningNames(cluster);
  const streamBytes = cluster.nodes.map(() => 0);
  cluster.simulator.observe({
    onStreamSent: (node, _to, chunk) => {
      if (chunk[0] === userMessageType) streamBytes[node.index] += chunk.length;
    },
  });
  const stateOf = ({ core, index }) => {
    const state = sumOf(core.kv.stats.sentBytes);
    return { state, packets: state - streamBytes[index] };
  };
  cluster.runForMs(5_000);
  let before = cluster.nodes.map(stateOf);
  cluster.runForMs(idleSeconds * 1_000);
  const perSecond = (index, after, seconds, what = 'state') => (after[what] - before[index][what]) / seconds;
  const idle = cluster.nodes.map((node, index) => perSecond(index, stateOf(node), idleSeconds));

  let sequence = 0;
  const refresh = (stepMs) => {
    const startMs = cluster.nowMs;
    for (const [index, name] of names.entries()) {
      // Each at its own time.
      if (
        (index * 7_919) % periodMs < startMs % periodMs ||
        (index * 7_919) % periodMs >= (startMs % periodMs) + stepMs
      )
        continue;
      sequence += 1;
      cluster.kv.setTelemetry(name, 'load', `${sequence}`.padEnd(telemetryBytes, 'x'));
    }
    cluster.runForMs(stepMs);
  };
  // One period until every node has telemetry, and half of one until that is everywhere.
  for (let step = 0; step < 150; step += 1) refresh(100);
  let most = 0;
  let packetsMost = 0;
  let sum = 0;
  let seconds = 0;
  let flagMs;
  for (let window = 0; window * (windowMs / 1_000) < loadSeconds; window += 1) {
    before = cluster.nodes.map(stateOf);
    for (let step = 0; step < windowMs / 100; step += 1) {
      if (window === 0 && step === 20) {
        cluster.kv.put(someNode(cluster, seed), 'flag', 'on');
        const isShown = shownAt(cluster, names, 'flag', 'on');
        const startMs = cluster.nowMs;
        while (!isShown() && cluster.nowMs - startMs < 5_000) {
          refresh(100);
          step += 1;
        }
        flagMs = isShown() ? cluster.nowMs - startMs : undefined;
      }
      refresh(100);
    }
    for (const [index, node] of cluster.nodes.entries()) {
      const sent = perSecond(index, stateOf(node), windowMs / 1_000);
      sum += sent;
      most = Math.max(most, sent);
      packetsMost = Math.max(packetsMost, perSecond(index, stateOf(node), windowMs / 1_000, 'packets'));
    }
    seconds += 1;
  }
  const stale = staleness(cluster, names);
  return {
    idleMean: idle.reduce((total, each) => total + each, 0) / nodeCount,
    idleMost: Math.max(...idle),
    loadMean: sum / nodeCount / seconds,
    loadMost: most,
    packetsMost,
    flagMs,
    stale,
  };
}

/** Which share of the telemetry of others a node has, of any age. */
function staleness(cluster, names) {
  let have = 0;
  const some = names.filter((_, index) => index % 10 === 0);
  for (const name of some) {
    const { telemetry } = cluster.kv.at(name).state;
    have += names.filter((other) => telemetry.get(other, 'load') !== undefined).length;
  }
  return have / (some.length * names.length);
}

/** What packets may cost; streams have a budget of their own. */
const budget = 65_536;
/** First byte of a stream that carries one user message, as all streams of state do. */
const userMessageType = 8;

export const loadCheck = {
  number: 13,
  title: '1,000 nodes at rest; then each refreshes 300 B of telemetry every 10 s, and a flag is written meanwhile',
  bar: 'at most 0.5 KB/s and 100 KB/s a node; within 5 % of the budget in every 10 s; the flag at all in 2.4 s',
  full: { nodes: 1_000, keys: 1_000, idleSeconds: 10, loadSeconds: 10, bytes: 300 },
  small: { nodes: 30, keys: 50, idleSeconds: 5, loadSeconds: 10, bytes: 300 },
  run: runLoad,
  judge: (results) => {
    const most = (pick) => Math.max(...results.map((result) => pick(result) ?? Infinity));
    const idle = most(({ idleMean }) => idleMean);
    const load = most(({ loadMean }) => loadMean);
    const top = most(({ loadMost }) => loadMost);
    const packets = most(({ packetsMost }) => packetsMost);
    const flag = most(({ flagMs }) => flagMs);
    return {
      figure:
        `at rest ${figure(idle)} B/s a node; under load ${figure(load / 1_000)} KB/s a node, most in 10 s ${figure(top / 1_000)} KB/s, in packets ${figure(packets / 1_000)} KB/s; ` +
        `the flag at all in ${figure(flag / 1_000)} s`,
      isMet: idle <= 500 && top <= 100_000 && packets <= budget * 1.05 && flag <= 2_400,
    };
  },
};
