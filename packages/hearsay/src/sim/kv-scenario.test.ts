import { expect, test } from 'vitest';
import { simulate } from './scenario.ts';
import { warmState } from './warm-state.ts';

test('state from before is there at every node from the start, and writers go on in their streams', () => {
  const saved = warmState({
    shared: Array.from({ length: 10 }, (_, index) => [`k${index}`, `v${index}`] as const),
    writers: ['n1', 'n2', 'n3'],
  });
  const cluster = simulate({ seed: 1, nodeCount: 4, kv: { saved } });
  for (const { name } of cluster.nodes) {
    expect([...cluster.kv.at(name).list()].length).toBe(10);
    expect(cluster.kv.get(name, 'k9')).toBe('v9');
  }
  expect(cluster.kv.at('n4').authorOf(cluster.kv.at('n4').get('k9')!)).toBe('n1');
  expect(cluster.kv.put('n1', 'k0', 'new').entry.version).toBe(5);
  expect(cluster.kv.put('n4', 'k1', 'new').entry.version).toBe(1);
});

test('a clock that is set shows in the stamps that a node gives, and in no other', () => {
  const cluster = simulate({ seed: 2, nodeCount: 3, kv: {} });
  cluster.kv.setClock('n2', 3_000);
  const stampAt = (name: string): number => cluster.kv.put(name, `k-${name}`, 'v').entry.stamp.ms;
  expect(stampAt('n2') - stampAt('n1')).toBe(3_000);
});

test('a node without the capability has no state, and the same run is the same run', () => {
  const run = (): string => {
    const cluster = simulate({ seed: 3, nodeCount: 3, kv: { isCapable: (name) => name !== 'n3' } });
    expect(() => cluster.kv.at('n3')).toThrow('n3 takes no part in gossiped state');
    cluster.kv.put('n1', 'k', 'v');
    return cluster.runForMs(5_000).hash;
  };
  expect(run()).toBe(run());
});

test('what was on the disk long enough outlives the crash of the host, in a new generation', () => {
  const cluster = simulate({ seed: 4, nodeCount: 3, kv: { disk: true } });
  cluster.kv.put('n2', 'k', 'v');
  const before = cluster.kv.at('n2').state.own;
  cluster.runForMs(1_000).isolate('n2').crash('n2').restart('n2');
  expect(cluster.kv.get('n2', 'k')).toBe('v');
  const { generation } = cluster.kv.at('n2').state.own;
  expect(generation > before.generation).toBe(true);
});
