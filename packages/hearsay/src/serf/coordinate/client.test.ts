import { describe, expect, test } from 'vitest';
import { SeededRng } from '../../util/index.ts';
import { CoordinateClient } from './client.ts';
import { distanceNs, newCoordinate, vivaldiDefaults } from './vivaldi.ts';

const fresh = newCoordinate(vivaldiDefaults);

test('nodes that measure one another come to know their distances, though two of them never measured theirs', () => {
  const rng = new SeededRng(3);
  // Six nodes on a line of 40 ms; a node in the middle is passed on the way.
  const placesMs = [0, 5, 11, 20, 32, 40];
  const clients = placesMs.map(() => new CoordinateClient(rng));
  const rttNs = (a: number, b: number): number => (Math.abs(placesMs[a]! - placesMs[b]!) + 1) * 1e6;
  for (let round = 0; round < 500; round += 1) {
    for (const [a, client] of clients.entries()) {
      const b = (a + 1 + (round % (clients.length - 1))) % clients.length;
      if (a + b !== clients.length - 1) client.update(`n${b}`, clients[b]!.coordinate, rttNs(a, b));
    }
  }
  const estimatedNs = distanceNs(clients[0]!.coordinate, clients[5]!.coordinate);
  expect(estimatedNs).toBeGreaterThan(0.7 * rttNs(0, 5));
  expect(estimatedNs).toBeLessThan(1.3 * rttNs(0, 5));
});

test('what a peer said last is known until it is forgotten', () => {
  const client = new CoordinateClient(new SeededRng(1));
  const peer = { ...fresh, height: 0.003 };
  expect(client.coordinateOf('n2')).toBeUndefined();
  client.update('n2', fresh, 1e6);
  client.update('n2', peer, 1e6);
  expect(client.coordinateOf('n2')).toEqual(peer);
  client.forget('n2');
  expect(client.coordinateOf('n2')).toBeUndefined();
});

test('nodes in the same place part in a direction of chance, which the seed repeats', () => {
  const moved = [7, 7, 8].map((seed) => {
    const client = new CoordinateClient(new SeededRng(seed));
    client.update('n2', fresh, 5e6);
    return client.coordinate.vec;
  });
  expect(moved[0]).toEqual(moved[1]);
  expect(moved[0]).not.toEqual(moved[2]);
  expect(moved[0]!.every((component) => component === 0)).toBe(false);
});

describe('a measurement that cannot be true changes nothing', () => {
  test.each([
    { peer: { ...fresh, vec: [0, 0] }, rttNs: 1e6, failure: 'dimensions' },
    { peer: { ...fresh, vec: [] }, rttNs: 1e6, failure: 'dimensions' },
    { peer: { ...fresh, error: Infinity }, rttNs: 1e6, failure: 'not-finite' },
    { peer: fresh, rttNs: -1, failure: 'round-trip-range' },
    { peer: fresh, rttNs: 10e9 + 1, failure: 'round-trip-range' },
    { peer: fresh, rttNs: Number.NaN, failure: 'round-trip-range' },
  ])('$failure, $rttNs ns', ({ peer, rttNs, failure }) => {
    const client = new CoordinateClient(new SeededRng(1));
    expect(client.update('n2', peer, rttNs)).toBe(failure);
    expect(client.coordinate).toEqual(fresh);
    expect(client.coordinateOf('n2')).toBeUndefined();
  });
});
