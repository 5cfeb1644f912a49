/** Check 10: one node with a wrong clock. */
import { figure } from '../lib/figures.mjs';
import { formedCluster, msUntil, runningNames, shownAt, someNode } from './cluster.mjs';

const hourMs = 3_600_000;

/**
 * A node whose clock is an hour ahead writes, and so do others, for fifteen seconds; then its clock is set right. In the end
 * a node that is two seconds ahead writes.
 */
function runClocks(seed, { nodes: nodeCount }) {
  const cluster = formedCluster({ seed, nodeCount, keyCount: 100 });
  const names = runningNames(cluster);
  const wrong = someNode(cluster, seed);
  const others = names.filter((name) => name !== wrong);
  let skewToldMs;
  cluster.simulator.observe({
    onEvent: (node, { type }) => {
      if (node.name === wrong && type === 'kv-clock-skew') skewToldMs ??= cluster.nowMs - startedAtMs;
    },
  });
  cluster.kv.setClock(wrong, hourMs);
  const startedAtMs = cluster.nowMs;
  const before = commits(cluster, others);
  for (let index = 0; index < 5; index += 1) cluster.kv.put(wrong, `wrong/${index}`, 'v');
  let seenElsewhere = 0;
  let slowestMs = 0;
  for (let second = 0; second < 15; second += 1) {
    const writer = others[(seed * 13 + second * 7) % others.length];
    cluster.kv.put(writer, 'flag', `${second}`);
    slowestMs = Math.max(
      slowestMs,
      msUntil(cluster, shownAt(cluster, others, 'flag', `${second}`), 10_000) ?? Infinity,
    );
    cluster.runForMs(1_000);
    seenElsewhere += others.filter((name) => cluster.kv.get(name, 'wrong/0') !== undefined).length;
  }
  const after = commits(cluster, others);
  cluster.kv.setClock(wrong, 0);
  const isRight = () => shownAt(cluster, names, 'wrong/4', 'v')() && shownAt(cluster, names, 'wrong/0', 'v')();
  const repairedMs = msUntil(cluster, isRight, 30_000);
  cluster.runForMs(5_000);
  skewToldMs ??= Infinity;
  const told = skewToldMs;
  cluster.kv.setClock(wrong, 2_000);
  cluster.kv.put(wrong, 'slightly', 'ahead');
  const slightlyMs = msUntil(cluster, shownAt(cluster, names, 'slightly', 'ahead'), 10_000);
  return {
    seenElsewhere,
    skewToldMs: told,
    slowestMs,
    commitShare: (after.ended - before.ended) / (after.begun - before.begun),
    repairedMs,
    slightlyMs,
  };
}

/** Sessions that these nodes began, and those of them that came to an end. */
function commits(cluster, names) {
  const sum = { begun: 0, ended: 0 };
  for (const name of names) {
    const { exchange } = cluster.kv.at(name).stats;
    sum.begun += exchange.asked;
    sum.ended += exchange.asked - exchange.expired;
  }
  return sum;
}

export const clocksCheck = {
  number: 10,
  title: "one node's clock is an hour ahead; then it is set right; then it is 2 s ahead",
  bar: 'its writes nowhere else; over 99 % of sessions end; told within 5 s; right again within 10 s; at 2 s all normal',
  full: { nodes: 200 },
  small: { nodes: 20 },
  run: runClocks,
  judge: (results) => {
    const most = (pick) => Math.max(...results.map((result) => pick(result) ?? Infinity));
    const share = Math.min(...results.map(({ commitShare }) => commitShare));
    const seen = most(({ seenElsewhere }) => seenElsewhere);
    const told = most(({ skewToldMs }) => skewToldMs);
    const repaired = most(({ repairedMs }) => repairedMs);
    const slightly = most(({ slightlyMs }) => slightlyMs);
    const slowest = most(({ slowestMs }) => slowestMs);
    const seconds = (ms) => `${figure(ms / 1_000)} s`;
    return {
      figure:
        `seen elsewhere ${seen} times; ${figure(share * 100)} % of sessions ended; writes of others at all in ${seconds(slowest)}; ` +
        `told after ${seconds(told)}; right again ${seconds(repaired)}; 2 s ahead: at all in ${seconds(slightly)}`,
      isMet: seen === 0 && share > 0.99 && told <= 5_000 && repaired <= 10_000 && slightly <= 3_000 && slowest <= 3_000,
    };
  },
};
