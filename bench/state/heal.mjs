/** Check 5: two halves that were apart. */
import { figure } from '../lib/figures.mjs';
import { areEqual, formedCluster, msUntil, runningNames, stateBytes } from './cluster.mjs';

const limitMs = 120_000;
/** What an entry takes on the wire beside key and value, with its share of the name of its stream: see check 21. */
const entryBytes = 13;

/** Different keys are written on both sides of a partition. How long after it all are equal, and what that cost. */
function runHeal(seed, { nodes: nodeCount, keys: keyCount, seconds }) {
  const cluster = formedCluster({ seed, nodeCount, scenario: { serf: {} } });
  const names = runningNames(cluster);
  const sides = [names.slice(0, nodeCount / 2), names.slice(nodeCount / 2)];
  cluster.partition(sides);
  const value = 'v'.repeat(100);
  let contentBytes = 0;
  for (let index = 0; index < keyCount; index += 1) {
    for (const [side, members] of sides.entries()) {
      const key = `side-${side}/key-${index}`;
      cluster.kv.put(members[(index * 7 + seed) % members.length], key, value);
      contentBytes += key.length + value.length;
    }
    if (index % 50 === 49) cluster.runForMs(500);
  }
  cluster.runForMs(Math.max(0, seconds * 1_000 - cluster.nowMs));
  const halves = sides.map((members) => areEqual(cluster, members));
  if (halves.includes(false)) throw new Error('a half is not equal in itself');
  const before = stateBytes(cluster);
  cluster.heal();
  const total = 2 * keyCount;
  const hasAll = (name) => cluster.kv.at(name).state.shared.fill.keyCount === total;
  let waiting = names;
  const ms = msUntil(
    cluster,
    () => {
      waiting = waiting.filter((name) => !hasAll(name));
      return waiting.length === 0 && areEqual(cluster, names);
    },
    limitMs,
  );
  const sentBytes = stateBytes(cluster) - before;
  // Each node needs the other side's half.
  const neededBytes = (nodeCount / 2) * (contentBytes + total * entryBytes);
  return { ms, sentBytes, neededBytes, ratio: sentBytes / neededBytes };
}

export const healCheck = {
  number: 5,
  title: '500 and 500 apart for 10 minutes, 1,000 keys of 100 B written on each side, then healed, 64 KiB/s a node',
  bar: 'all equal within 12 s; bytes at most 2.0 times what is needed',
  full: { nodes: 1_000, keys: 1_000, seconds: 600 },
  small: { nodes: 20, keys: 50, seconds: 20 },
  run: runHeal,
  judge: (results) => {
    const slowest = Math.max(...results.map(({ ms }) => ms ?? Infinity));
    const ratio = Math.max(...results.map(({ ratio: each }) => each));
    return {
      figure: `equal after at most ${figure(slowest / 1_000)} s; ${figure(ratio)} times the bytes that were needed`,
      isMet: slowest <= 12_000 && ratio <= 2,
    };
  },
};
