/** Check 9: a node that was away for thirty days. */
import { figure } from '../lib/figures.mjs';
import { formedCluster, runningNames } from './cluster.mjs';

const ownWrites = 10;
const lookMs = 20;
const limitMs = 120_000;
const monthMs = 30 * 24 * 3_600_000;

/**
 * One node is cut off, writes, and is stopped; meanwhile the others delete all keys and forget the deletions. Thirty days
 * pass on all clocks. Every twenty milliseconds after its return it is counted who shows what.
 */
function runAway(seed, { nodes: nodeCount, keys: keyCount }) {
  // What takes hours in a real pool takes seconds here, so that a run need not last for thirty days.
  const config = {
    sharedTombstoneKeepMs: 1_000,
    sharedWritesBurst: 2_000,
    adoptAfterMs: 60_000,
    retireAfterMs: 120_000,
  };
  const cluster = formedCluster({ seed, nodeCount, keyCount, kv: { config, disk: true }, scenario: { serf: {} } });
  const away = `n${nodeCount}`;
  cluster.isolate(away);
  for (let index = 0; index < ownWrites; index += 1) cluster.kv.put(away, `own/${index}`, 'v');
  cluster.runForMs(1_000).crash(away, { isHostUp: true });
  const others = runningNames(cluster);
  for (let index = 0; index < keyCount; index += 1) {
    cluster.kv.delete(others[index % others.length], `key/${index}`);
  }
  const isForgotten = () => others.every((name) => cluster.kv.at(name).state.shared.fill.tombstoneCount === 0);
  cluster.runUntil(isForgotten, 600_000);
  for (const node of cluster.nodes) node.clockAheadMs += monthMs;
  let reissued = 0;
  cluster.simulator.observe({
    onEvent: (node, { type }) => {
      if (node.name === away && type === 'kv-reissued') reissued += 1;
    },
  });
  cluster.heal().restart(away).join(away);

  const oldAt = (name) => [...cluster.kv.at(name).list('key/')].length;
  const ownAt = (name) => [...cluster.kv.at(name).list('own/')].length;
  const steps = new Set([oldAt(away)]);
  const startMs = cluster.nowMs;
  let resurrected = 0;
  let healedMs;
  while (cluster.nowMs - startMs < limitMs) {
    cluster.runForMs(lookMs);
    resurrected += others.filter((name) => oldAt(name) > 0).length;
    steps.add(oldAt(away));
    healedMs ??= [...others, away].every((name) => ownAt(name) === ownWrites) ? cluster.nowMs - startMs : undefined;
    if (healedMs !== undefined && cluster.nowMs - startMs > healedMs + 5_000) break;
  }
  const kept = ownWrites - reissued;
  return { resurrected, steps: [...steps], healedMs, reissued, kept };
}

export const awayCheck = {
  number: 9,
  title:
    'a node is away for 30 days, 1,000 keys are deleted and the deletions forgotten; it returns with them and 10 writes',
  bar: 'none of the 1,000 shown elsewhere at any moment; gone there in one step; the 10 at all',
  full: { nodes: 20, keys: 1_000 },
  small: { nodes: 5, keys: 100 },
  run: runAway,
  judge: (results) => {
    const shown = results.reduce((sum, { resurrected }) => sum + resurrected, 0);
    const isOneStep = results.every(({ steps }) => steps.length === 2 && steps[1] === 0);
    const healed = results.map(({ healedMs }) => healedMs ?? Infinity);
    const reissued = results.map(({ reissued: count }) => count);
    return {
      figure:
        `shown elsewhere ${shown} times; steps there ${results[0].steps.join(' to ')}; ` +
        `the 10 at all after at most ${figure(Math.max(...healed) / 1_000)} s, ${Math.min(...reissued)} to ${Math.max(...reissued)} of them reissued`,
      isMet: shown === 0 && isOneStep && healed.every(Number.isFinite),
    };
  },
};
