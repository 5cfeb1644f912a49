import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { namesExcept } from './helpers.ts';

const seeds = [1_201, 1_202, 1_203, 1_204, 1_205, 1_206];

test('a leave under half of all packets lost is known to all after the repair, and nobody sees the member alive again', () => {
  let leftCount = 0;
  for (const seed of seeds) {
    const cluster = simulate({ seed, nodeCount: 10, network: { loss: 0.5 } });
    const observers = namesExcept(cluster, 'n4');
    cluster.runForMs(2_000).leave('n4', { thenStop: true }).runForMs(10_000);
    leftCount += observers.filter((name) => cluster.stateAt(name, 'n4') === 'left').length;
    const leftSince = new Map(observers.map((name) => [name, cluster.eventsAt(name).length]));
    cluster.simulator.network.config = { ...cluster.simulator.network.config, loss: 0 };
    cluster.settle();
    cluster.runForMs(60_000);
    for (const name of observers) {
      expect(['left', 'dead', undefined]).toContain(cluster.stateAt(name, 'n4'));
      const later = cluster.eventsAt(name).slice(leftSince.get(name));
      expect(later).not.toContainEqual({ type: 'member-join', name: 'n4' });
    }
  }
  // The eight copies of the one who leaves may all get lost, in one case of 250.
  expect(leftCount).toBeGreaterThanOrEqual(0.9 * 9 * seeds.length);
});
