import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { deathsIn } from './helpers.ts';

test.each([901, 902, 903])(
  'two members that never hear each other are both alive to all, through a third (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 3 });
    cluster.divide('n1', 'n2').runForMs(10 * 60_000);
    expect(deathsIn(cluster)).toEqual([]);
    // News of either passes through the one that sees both.
    cluster.updateMeta('n1', 'from n1').updateMeta('n2', 'from n2').runForMs(5_000).settle();
  },
);

test('when the third member is gone, two that do not hear each other are apart, and unite when the link is repaired', () => {
  const cluster = simulate({ seed: 921, nodeCount: 3 });
  cluster.partition([['n1'], ['n2']]).runForMs(60_000);
  expect(deathsIn(cluster)).toEqual([]);
  cluster.crash('n3');
  cluster.runUntil(() => cluster.core('n1').memberCount === 1 && cluster.core('n2').memberCount === 1);
  cluster.heal().settle();
});
