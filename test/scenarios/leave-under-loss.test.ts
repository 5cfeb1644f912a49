import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { namesExcept } from './helpers.ts';

test('a leave under half of all packets lost is known to all after the repair, and nobody sees the member alive again', () => {
  for (const seed of [1_201, 1_202]) {
    const cluster = simulate({ seed, nodeCount: 10, network: { loss: 0.5 } });
    const observers = namesExcept(cluster, 'n4');
    cluster.runForMs(2_000).leave('n4', { thenStop: true }).runForMs(10_000);
    const leftCount = observers.filter((name) => cluster.stateAt(name, 'n4') === 'left').length;
    expect(leftCount).toBeGreaterThanOrEqual(8);
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
});
