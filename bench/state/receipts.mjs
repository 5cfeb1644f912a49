/** Check 19: who has seen a write, told by receipts. */
import { figure, quantile } from '../lib/figures.mjs';
import { formedCluster, msUntil, someNode } from './cluster.mjs';

const pausedCount = 3;
const limitMs = 20_000;

/** A tracked write while three members get no time: how long until exactly those three are missing. */
function runReceipts(seed, { nodes: nodeCount }) {
  const gossip = { peersPerPeriod: 3 };
  const cluster = formedCluster({ seed, nodeCount, kv: { gossip }, scenario: { network: { loss: 0.1 } } });
  const writer = someNode(cluster, seed);
  const others = cluster.nodes.map((node) => node.name).filter((name) => name !== writer);
  const paused = Array.from({ length: pausedCount }, (_, index) => others[(seed * 31 + index * 137) % others.length]);
  for (const name of paused) cluster.pause(name);
  const { receipt } = cluster.kv.put(writer, 'flag', 'on', { track: true });
  const expected = paused.toSorted().join();
  const isSo = () => receipt.counts().missing.toSorted().join() === expected;
  const ms = msUntil(cluster, isSo, limitMs);
  const { seen, missing } = receipt.counts();
  return { ms, seen, missing: missing.length };
}

export const receiptsCheck = {
  number: 19,
  title: 'receipts, 1,000 nodes, K = 3, 10 % loss, 3 members paused: seen by 997, and exactly those 3 are missing',
  bar: '8 s in all seeds',
  full: { nodes: 1_000 },
  small: { nodes: 60 },
  run: runReceipts,
  judge: (results) => {
    const times = results.map(({ ms }) => ms ?? Infinity);
    return {
      figure: `median ${figure(quantile(times, 0.5) / 1_000)} s, most ${figure(Math.max(...times) / 1_000)} s`,
      isMet: times.every((ms) => ms <= 8_000),
    };
  },
};
