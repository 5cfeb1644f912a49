import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { crashKnownMaxMs } from '../../packages/hearsay/src/swim/index.ts';
import { deathsIn, namesIn } from './helpers.ts';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

test('a crash is known to all within the bound that the formulas give, and nobody else is accused to death', () => {
  for (const seed of seeds) {
    const cluster = simulate({ seed, nodeCount: 12 });
    cluster.runForMs(2_000).crash('n5');
    const crashedAtMs = cluster.nowMs;
    const live = cluster.liveNodes();
    cluster.runUntil(() => live.every((node) => cluster.stateAt(node.name, 'n5') === 'dead'));
    expect(cluster.nowMs - crashedAtMs).toBeLessThan(crashKnownMaxMs(cluster.config, 11));
    for (const node of live) expect(namesIn(cluster, node.name, 'member-failed')).toEqual(['n5']);
    cluster.settle();
  }
});

test('a process that is gone is found dead whether its host refuses streams or says nothing', () => {
  for (const isHostUp of [true, false]) {
    const cluster = simulate({ seed: 3, nodeCount: 5 });
    cluster.crash('n4', { isHostUp });
    cluster.runUntil(() => cluster.liveNodes().every((node) => cluster.stateAt(node.name, 'n4') === 'dead'));
    cluster.settle();
  }
});

test('half of the cluster crashes at once, and the other half agrees on who is left', () => {
  const cluster = simulate({ seed: 4, nodeCount: 20 });
  for (let i = 11; i <= 20; i++) cluster.crash(`n${i}`);
  cluster.settle();
  for (let i = 1; i <= 10; i++) expect(cluster.core(`n${i}`).memberCount).toBe(10);
});

test('a member that stands still for a minute accuses nobody when it wakes up, and comes back by itself', () => {
  for (let i = 1; i <= 6; i++) {
    const cluster = simulate({ seed: 20 + i, nodeCount: 6 });
    const name = `n${i}`;
    cluster.runForMs(1_000).pause(name, { forMs: 60_000 }).runForMs(60_000);
    expect(cluster.liveNodes().filter((node) => cluster.stateAt(node.name, name) === 'alive')).toHaveLength(1);
    cluster.settle();
    const others = cluster.nodes.filter((node) => node.name !== name);
    expect(deathsIn(cluster)).toEqual(others.map((node) => `${node.name}: ${name}`));
  }
});

test('crashes while joining, leaving and refuting leave the others in agreement', () => {
  for (const delayMs of [0.5, 1, 2, 5, 50, 300]) {
    const joining = simulate({ seed: 7, nodeCount: 5, start: 'joining', network: { streamChunkMaxBytes: 40 } });
    joining.runForMs(delayMs).crash('n5', { isHostUp: true }).settle();

    const leaving = simulate({ seed: 8, nodeCount: 5 });
    leaving.leave('n5').runForMs(delayMs).crash('n5').settle();

    const refuting = simulate({ seed: 9, nodeCount: 5 });
    refuting.isolate('n5');
    refuting.runUntil(() => refuting.stateAt('n1', 'n5') === 'suspect').heal();
    const before = refuting.core('n5').localMember.incarnation;
    refuting.runUntil(() => refuting.core('n5').localMember.incarnation > before);
    refuting.runForMs(delayMs).crash('n5').settle();
  }
});
