import { expect, test } from 'vitest';
import { generationMs, newGeneration, streamHash, streamKey, streamKeyOf } from './stream.ts';

test('generations are ordered by the time of the start, then by chance', () => {
  const first = newGeneration(1_750_000_000_000, 0xffff);
  const second = newGeneration(1_750_000_000_001, 0);
  expect(first).toBe('01977420dc00ffff');
  expect(second > first).toBe(true);
  expect(newGeneration(1_750_000_000_000, 7) < first).toBe(true);
  expect(generationMs(second)).toBe(1_750_000_000_001);
});

test('a stream key is its hash in order and without loss', () => {
  expect(streamKey(1, 0xdeadbeef)).toBe('00000001deadbeef');
  expect(streamHash('00000001deadbeef')).toEqual([1, 0xdeadbeef]);
  expect(streamKey(2, 0) > streamKey(1, 0xffffffff)).toBe(true);
});

test('the hash of a stream never changes, since all nodes must agree on it', () => {
  const generation = newGeneration(1_750_000_000_000, 1);
  const keys = ([0, 1, 2] as const).map((lane) => streamKeyOf({ node: 'web-7', generation }, lane));
  expect(keys).toMatchInlineSnapshot(`
    [
      "ac29f2cf2c1e8b6d",
      "07402219d6edf687",
      "35a3e023b01dcf39",
    ]
  `);
});

test('ten thousand nodes with three lanes have different streams, spread over all buckets', () => {
  const keys = new Set<string>();
  const buckets = new Set<string>();
  for (let index = 0; index < 10_000; index += 1) {
    for (const lane of [0, 1, 2] as const) {
      const key = streamKeyOf({ node: `node-${index}`, generation: newGeneration(1_750_000_000_000, index) }, lane);
      keys.add(key);
      buckets.add(key.slice(0, 2));
    }
  }
  expect(keys.size).toBe(30_000);
  expect(buckets.size).toBe(256);
});
