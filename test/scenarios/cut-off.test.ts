import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, namesExcept } from './helpers.ts';

// It doubts some of the others, which never heard of that; they have it for dead, and have forgotten it in the end.
test.each([45_000, 60_000, 90_000])(
  'a member that was cut off for %i ms agrees with all others within seconds',
  (forMs) => {
    for (const seed of [1, 2, 3]) {
      const cluster = simulate({ seed, nodeCount: 32 });
      cluster.isolate('n1', { forMs }).runForMs(forMs);
      expect(cluster.stateAt('n2', 'n1')).not.toBe('alive');
      cluster.runUntil(() => areMutuallyAlive(cluster, namesExcept(cluster)), 5_000);
    }
  },
);
