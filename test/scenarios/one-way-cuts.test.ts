import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, deathsIn, namesExcept } from './helpers.ts';

test.each([801, 802, 803])(
  'a member that cannot send is dead to all within the bound, and stays so (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 8 });
    const others = namesExcept(cluster, 'n4');
    const isGone = (): boolean =>
      others.every((name) => !['alive', 'suspect'].includes(cluster.stateAt(name, 'n4') ?? ''));
    cluster.cut(['n4'], 'all').runUntil(isGone, cluster.convergenceBoundMs);
    for (let i = 0; i < 60; i++) {
      cluster.runForMs(5_000);
      expect(isGone() && areMutuallyAlive(cluster, others)).toBe(true);
    }
    cluster.heal().settle();
  },
);

test.each([811, 812, 813])(
  'a member that cannot receive knows that it is ill and does no lasting harm (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 8 });
    const others = namesExcept(cluster, 'n4');
    cluster.cut('all', ['n4']);
    let disagreementCount = 0;
    for (let i = 0; i < 300; i++) if (!areMutuallyAlive(cluster.runForMs(1_000), others)) disagreementCount += 1;
    // It does not hear those whom it accuses deny it, and ends by declaring them dead. Only an observer that missed both
    // the accusation and the denial, one in a hundred, believes it, for as long as a round of gossip takes.
    expect(deathsIn(cluster).filter((death) => !death.includes('n4')).length).toBeLessThanOrEqual(1);
    expect(disagreementCount).toBeLessThan(30);
    expect(areMutuallyAlive(cluster, others)).toBe(true);
    expect(cluster.core('n4').stats.healthScore).toBe(cluster.config.awarenessMaxMultiplier - 1);
    cluster.heal().settle();
  },
);

test.each(['cannot-send', 'cannot-receive'] as const)(
  'with a member that %s for good the rest comes to rest without it',
  (direction) => {
    const cluster = simulate({ seed: 821, nodeCount: 8 });
    cluster.cutOff('n4', direction).settle();
    cluster.runForMs(5 * 60_000);
    const others = namesExcept(cluster, 'n4');
    expect(deathsIn(cluster).filter((death) => !death.includes('n4'))).toEqual([]);
    for (const observer of others)
      for (const subject of others) expect(cluster.stateAt(observer, subject)).not.toBe('dead');
  },
);

test('two members that hear each other in one direction only are both alive to all', () => {
  const cluster = simulate({ seed: 831, nodeCount: 5 });
  cluster.cut(['n1'], ['n2']).runForMs(10 * 60_000);
  expect(deathsIn(cluster)).toEqual([]);
  cluster.heal().settle();
});
