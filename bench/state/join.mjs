/** Check 16: an empty node joins a cluster that has much. */
import { figure } from '../lib/figures.mjs';
import { warmState } from 'hearsay/sim';
import { formedCluster } from './cluster.mjs';

const limitMs = 120_000;

/** A node joins with nothing. How many keys it shows, looked at every twenty milliseconds. */
function runJoin(seed, { nodes: nodeCount, keys: keyCount }) {
  const config = { sharedKeysMax: 100_000, sharedMaxBytes: 64 * 1_024 * 1_024 };
  const name = `n${nodeCount + 1}`;
  const before = warmState(big(keyCount, nodeCount));
  const saved = (node) => (node === name ? {} : before(node));
  const cluster = formedCluster({ seed, nodeCount, kv: { config, saved } });
  cluster.add(name, { seeds: ['n1'] });
  const startMs = cluster.nowMs;
  const counts = new Set();
  let ms;
  while (cluster.nowMs - startMs < limitMs && ms === undefined) {
    cluster.runForMs(20);
    const { keyCount: shown } = cluster.kv.at(name).state.shared.fill;
    counts.add(shown);
    if (shown === keyCount) ms = cluster.nowMs - startMs;
  }
  return { ms, counts: [...counts] };
}

/** Keys and values of 140 bytes, from some writers; the newcomer has none. */
function big(keyCount, nodeCount) {
  const shared = Array.from({ length: keyCount }, (_, index) => [
    `config/service/key-${index}`,
    `${index}`.padEnd(110, 'v'),
  ]);
  const writers = Array.from({ length: nodeCount }, (_, index) => `n${index + 1}`);
  return { shared, writers };
}

export const joinCheck = {
  number: 16,
  title: 'an empty node joins 50,000 keys (7 MB), limits raised, 1 MiB/s',
  bar: 'complete, and shown in one step, within 10 s',
  full: { nodes: 10, keys: 50_000 },
  small: { nodes: 5, keys: 3_000 },
  run: runJoin,
  judge: (results) => {
    const slowest = Math.max(...results.map(({ ms }) => ms ?? Infinity));
    const isOneStep = results.every(({ counts }) => counts.length === 2);
    return {
      figure: `complete after ${figure(slowest / 1_000)} s, ${isOneStep ? 'in one step' : `in steps: ${results[0].counts.slice(0, 8).join(', ')}`}`,
      isMet: slowest <= 10_000 && isOneStep,
    };
  },
};
