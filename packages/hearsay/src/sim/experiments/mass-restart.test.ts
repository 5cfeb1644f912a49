import { expect, test } from 'vitest';
import { massRestart } from './mass-restart.ts';

/** Seeds in which gossip left out one member for a minute and more, before members looked back on a storm. */
test.each([16, 28, 56])('of ninety of a hundred that restart all know soon, seed %i', (seed) => {
  const cell = massRestart.cells.find(({ nodeCount, rules }) => nodeCount === 100 && rules === 'sharp')!;
  const { agreedMs } = massRestart.run(cell, seed);
  expect(agreedMs).not.toBeNull();
  expect(agreedMs!).toBeLessThanOrEqual(20_000);
});
