import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { namesIn } from './helpers.ts';

test('a restarted member that everybody takes for dead is back within seconds', () => {
  for (const seed of [7, 8, 9, 10]) {
    const cluster = simulate({ seed, nodeCount: 8 });
    cluster.updateMeta('n5', 'old').runForMs(3_000).crash('n5');
    cluster.runUntil(() => cluster.liveNodes().every((node) => cluster.stateAt(node.name, 'n5') === 'dead'));
    cluster.restart('n5').join('n5').settle(10_000);
  }
});

test('a restarted member that joins through nobody is found by those who lost it', () => {
  const cluster = simulate({ seed: 11, nodeCount: 6 });
  cluster.crash('n1').runForMs(10 * 60_000);
  expect(cluster.stateAt('n2', 'n1')).toBeUndefined();
  cluster.restart('n1').settle();
});

test('a member that comes back from an image goes on where it stood', () => {
  const cluster = simulate({ seed: 12, nodeCount: 6 });
  cluster
    .updateMeta('n4', 'before')
    .runForMs(3_000)
    .crash('n4')
    .runForMs(10 * 60_000);
  cluster.restart('n4', { memory: 'kept' }).settle();
  expect(cluster.core('n1').member('n4')?.meta).toHaveLength(6);
});

test('users hear of a forgotten member once, though its certificate is listed again', () => {
  // Found by the swarm: n5 still takes n4 for alive, so the others list what they know of it once more, and reap it again.
  const cluster = simulate({ seed: 17, nodeCount: 5, swim: { gossipToTheDeadMs: 5_000, pushPullIntervalMs: 5_000 } });
  cluster.runForMs(1_000).crash('n5').crash('n4').runForMs(120_000);
  cluster.restart('n5', { memory: 'kept' }).join('n5', ['n1']);
  cluster.runUntil(() => cluster.stateAt('n1', 'n4') === 'dead', 1_000);
  cluster.runForMs(60_000);
  expect(cluster.stateAt('n1', 'n4')).toBeUndefined();
  expect(namesIn(cluster, 'n1', 'member-reap').filter((name) => name === 'n4')).toHaveLength(1);
});
