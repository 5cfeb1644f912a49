import { expect, test } from 'vitest';
import { Standing } from './standing.ts';

test('a node waits until a first comparison with another has ended, however long that takes', () => {
  const standing = new Standing(0, 0, 1_000);
  expect(standing.observe(0, 3_600_000)).toBe(false);
  expect(standing.state).toBe('waiting');
  expect(standing.observe(1, 3_600_001)).toBe(true);
  expect(standing.state).toBe('current');
});

test('a node is stale when the last comparison is that long ago, and current again with the next', () => {
  const standing = new Standing(0, 0, 1_000);
  standing.observe(1, 0);
  standing.observe(5, 600);
  expect([standing.observe(5, 1_599), standing.state]).toEqual([false, 'current']);
  expect([standing.observe(5, 1_600), standing.state]).toEqual([true, 'stale']);
  expect([standing.observe(5, 9_000), standing.state]).toEqual([false, 'stale']);
  expect([standing.observe(6, 9_100), standing.state]).toEqual([true, 'current']);
  expect([standing.observe(6, 10_100), standing.state]).toEqual([true, 'stale']);
});

test('a node that has compared before it is looked at counts as current at first', () => {
  const standing = new Standing(7, 50_000, 1_000);
  expect(standing.state).toBe('current');
  standing.observe(7, 51_000);
  expect(standing.state).toBe('stale');
});
