/** Check 12: one owner that writes very much, beside all others. */
import { figure, quantile } from '../lib/figures.mjs';
import { formedCluster, someNode } from './cluster.mjs';

const stepMs = 100;

/**
 * One owner writes a hundred owned keys a second, each of the others one key every ten seconds, without rumors and with a
 * budget of about forty entries an exchange. How long a write of one of the others takes to each node.
 */
function runFairness(seed, { nodes: nodeCount, seconds, bytesPerSecond }) {
  const gossip = { rumors: false, peersPerPeriod: 3, bytesPerSecond, burstBytes: 16_384 };
  const cluster = formedCluster({ seed, nodeCount, kv: { gossip } });
  const hot = someNode(cluster, seed);
  const others = cluster.nodes.map((node) => node.name).filter((name) => name !== hot);
  const delays = [];
  const hotDelays = [];
  /** By owner: what it wrote last, when, and who does not show it. */
  const waiting = new Map();
  const stepCount = (seconds * 1_000) / stepMs;
  for (let step = 0; step < stepCount + 100; step += 1) {
    if (step < stepCount) {
      for (let index = 0; index < 10; index += 1) {
        cluster.kv.setOwn(hot, `hot/${(step * 10 + index) % 60}`, `${step}`.padEnd(40));
      }
      if (step % 20 === 0)
        waiting.set(hot, {
          key: `hot/${(step * 10) % 60}`,
          value: `${step}`.padEnd(40),
          atMs: cluster.nowMs,
          names: new Set(others.slice(0, 40)),
        });
      for (const [index, name] of others.entries()) {
        if ((index + step) % 100 !== 0) continue;
        const value = `${step}`.padEnd(40);
        cluster.kv.setOwn(name, 'version', value);
        const names = new Set(cluster.nodes.map((node) => node.name).filter((other) => other !== name));
        waiting.set(name, { key: 'version', value, atMs: cluster.nowMs, names });
      }
    }
    cluster.runForMs(stepMs);
    for (const [owner, { key, value, atMs, names }] of waiting) {
      for (const name of names) {
        const shown = cluster.kv.getOwned(name, owner, key);
        // A hot key may have been written again since.
        if (shown !== value && !(owner === hot && Number(shown) >= Number(value))) continue;
        names.delete(name);
        (owner === hot ? hotDelays : delays).push(cluster.nowMs - atMs);
      }
      if (names.size === 0) waiting.delete(owner);
    }
  }
  const missing = [...waiting].filter(([owner]) => owner !== hot).reduce((sum, [, { names }]) => sum + names.size, 0);
  return {
    p50: quantile(delays, 0.5),
    p99: quantile(delays, 0.99),
    most: delays.reduce((most, ms) => Math.max(most, ms), 0),
    missing,
    // How often something waited for the budget.
    unpaid: cluster.nodes.reduce((sum, node) => sum + node.core.kv.stats.exchange.unpaid, 0),
    hotMean: hotDelays.reduce((sum, ms) => sum + ms, 0) / hotDelays.length,
  };
}

export const fairnessCheck = {
  number: 12,
  title:
    'one of 200 owners writes 100 times a second, exchanges carry about 40 entries: the writes of the others are at all',
  bar: '99 % within 4 s',
  full: { nodes: 200, seconds: 20, bytesPerSecond: 12_000 },
  small: { nodes: 20, seconds: 6, bytesPerSecond: 12_000 },
  run: runFairness,
  judge: (results) => {
    const most = (pick) => Math.max(...results.map(pick));
    const p99 = most((result) => result.p99);
    const missing = most((result) => result.missing);
    return {
      figure:
        `median ${figure(most((result) => result.p50) / 1_000)} s, 99 % within ${figure(p99 / 1_000)} s, ` +
        `most ${figure(most((result) => result.most) / 1_000)} s; the busy owner's own, mean ${figure(most((result) => result.hotMean) / 1_000)} s`,
      isMet: p99 <= 4_000 && missing === 0,
    };
  },
};
