import { expect, test } from 'vitest';
import { randomChance, randomInt, SeededRng, shuffle } from './rng.ts';

test('the same seed yields the same numbers, another seed or stream others', () => {
  const draw = (rng: SeededRng): number[] => Array.from({ length: 8 }, () => rng.nextUint32());
  expect(draw(new SeededRng(7))).toEqual(draw(new SeededRng(7)));
  expect(draw(new SeededRng(7))).not.toEqual(draw(new SeededRng(8)));
  expect(draw(new SeededRng(7, 1))).not.toEqual(draw(new SeededRng(7, 2)));
  expect(draw(new SeededRng(7))).not.toEqual(draw(new SeededRng(7 + 2 ** 32)));
});

test('randomInt is even over its range', () => {
  const rng = new SeededRng(42);
  const counts = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i++) counts[randomInt(rng, 10)]! += 1;
  // 10,000 expected in each, standard deviation 95: five of those leave one false alarm in a million.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(475);
});

test('randomChance keeps its probability, with 0 never and 1 always', () => {
  const rng = new SeededRng(3);
  const hits = (probability: number): number =>
    Array.from({ length: 100_000 }, () => randomChance(rng, probability)).filter(Boolean).length;
  expect(hits(0)).toBe(0);
  expect(hits(1)).toBe(100_000);
  expect(Math.abs(hits(0.05) - 5_000)).toBeLessThan(345);
});

test('shuffle reaches every order of three about equally often', () => {
  const rng = new SeededRng(11);
  const seen = new Map<string, number>();
  for (let i = 0; i < 60_000; i++) {
    const items = ['a', 'b', 'c'];
    shuffle(rng, items);
    const order = items.join('');
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  expect(seen.size).toBe(6);
  for (const count of seen.values()) expect(Math.abs(count - 10_000)).toBeLessThan(457);
});
