import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, isForgotten, namesExcept, namesIn } from './helpers.ts';

const moved = { host: '10.9.9.9', port: 8_000 };

test('a member that crashed and was forgotten comes back from a new address at once', () => {
  const cluster = simulate({ seed: 502, nodeCount: 5 });
  cluster.crash('n3');
  const others = namesExcept(cluster, 'n3');
  cluster.runUntil(() => isForgotten(cluster, others, 'n3'));
  cluster.restart('n3', { address: moved }).join('n3');
  cluster.runUntil(() => areMutuallyAlive(cluster, namesExcept(cluster)), 3_000).settle();
});

test('a member that restarts from a new address before its death is known waits until the old life is forgotten', () => {
  const cluster = simulate({ seed: 503, nodeCount: 5 });
  cluster.crash('n3').restart('n3', { address: moved }).join('n3').runForMs(5_000);
  // The old address still has the name: nobody can tell a move from an impostor.
  expect(cluster.core('n1').member('n3')!.address).not.toEqual(moved);
  expect(namesIn(cluster, 'n1', 'name-conflict')).toContain('n3');
  // Nobody answers there, so it is dead and forgotten in time, and healing brings the new life in.
  cluster.runUntil(() => cluster.nodes.every((node) => node.core.member('n3')?.address?.port === moved.port));
  cluster.settle();
});

test('where dead names may be reclaimed, a member is back from a new address that much after its death', () => {
  const cluster = simulate({ seed: 504, nodeCount: 5, swim: { deadNodeReclaimMs: 2_000 } });
  const others = namesExcept(cluster, 'n3');
  cluster.crash('n3');
  cluster.runUntil(() => others.every((name) => cluster.stateAt(name, 'n3') === 'dead')).runForMs(2_000);
  cluster.restart('n3', { address: moved }).join('n3');
  cluster.runUntil(() => areMutuallyAlive(cluster, namesExcept(cluster)), 3_000).settle();
});
