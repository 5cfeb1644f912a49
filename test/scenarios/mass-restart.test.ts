import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, deathsIn, namesExcept } from './helpers.ts';

/** One exchange each with the seed, and gossip for those that came at the same instant. */
const agreementMs = 10_000;

test.each([301, 302, 303])(
  'members that all restart at once without memory agree within ten seconds (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 12 });
    for (let i = 0; i < 5; i++) cluster.updateMeta('n4', `version ${i}`).runForMs(3_000);
    const names = namesExcept(cluster);
    for (const name of names) cluster.crash(name);
    cluster.runForMs(1_000);
    for (const name of names) cluster.restart(name).join(name);
    cluster.runUntil(() => areMutuallyAlive(cluster, names), agreementMs);
    cluster.settle();
    expect(deathsIn(cluster)).toEqual([]);
  },
);

test.each([304, 305])(
  'members that restart one after the other in a rolling restart end with the right records (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 8, seedNodeCount: 2 });
    const names = namesExcept(cluster);
    for (let round = 0; round < 3; round++) {
      for (const name of names) {
        cluster.crash(name, { isHostUp: true }).runForMs(700);
        cluster.restart(name).join(name).runForMs(700);
      }
    }
    cluster.runUntil(() => areMutuallyAlive(cluster, names), agreementMs);
    cluster.settle();
    // Three lives each: the records that the last ones speak under are above those of all lives before.
    for (const node of cluster.nodes) expect(node.life).toBe(4);
    expect(deathsIn(cluster)).toEqual([]);
  },
);

test.each([307, 308, 309])(
  'who finds no seed up and hears of some members by gossip soon knows all of them (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 30 });
    cluster.crash('n1', { isHostUp: true }).crash('n5').runForMs(20_000);
    cluster.restart('n5').join('n5');
    cluster.updateMeta('n9', 'news').runForMs(6_000);
    expect(cluster.core('n5').memberCount).toBe(29);
  },
);

test('a mass restart with no seed in reach waits, and agrees soon after the seed is up', () => {
  const cluster = simulate({ seed: 306, nodeCount: 10 });
  const names = namesExcept(cluster);
  for (const name of names) cluster.crash(name);
  cluster.runForMs(60_000);
  for (const name of names.slice(1)) cluster.restart(name).join(name);
  cluster.runForMs(60_000);
  expect(names.slice(1).every((name) => cluster.core(name).memberCount === 1)).toBe(true);
  cluster.restart('n1');
  // Those that are alone try about once in a healing interval by now.
  cluster.runUntil(() => areMutuallyAlive(cluster, names), 2 * cluster.config.healIntervalMs);
  cluster.settle();
});
