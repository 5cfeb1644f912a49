import { expect, test } from 'vitest';
import { RandomPool } from './random.ts';

test('no two nonces are equal, across refills of the pool', () => {
  const pool = new RandomPool(100);
  const seen = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    const nonce = new Uint8Array(12);
    pool.take(nonce);
    seen.add(nonce.join());
  }
  expect(seen.size).toBe(10_000);
});

test('a target longer than the pool is filled to its end', () => {
  const target = new Uint8Array(1_000);
  new RandomPool(16).take(target);
  expect(target.subarray(900).some((byte) => byte !== 0)).toBe(true);
});
