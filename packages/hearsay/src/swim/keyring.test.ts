import { expect, test } from 'vitest';
import { readVectors } from '../../../../test/support/vectors.ts';
import { ClusterError } from '../util/index.ts';
import { Keyring } from './keyring.ts';
import { swimLimits } from './limits.ts';

const keys = { k1: key(16, 1), k2: key(24, 2), k3: key(32, 3), k4: key(16, 4) };

function key(lengthBytes: number, fill: number): Uint8Array {
  return new Uint8Array(lengthBytes).fill(fill);
}

function order(keyring: Keyring): string[] {
  return keyring.keys.map((known) => `k${known[0]}`);
}

/** The recorded sequence: each step acts on the ring that the steps before have left, or builds a new one. */
const steps: Readonly<Record<string, (ring: Keyring) => Keyring | void>> = {
  '00 new with primary k1': () => new Keyring([keys.k1]),
  '01 add k2': (ring) => ring.add(keys.k2),
  '02 add k3': (ring) => ring.add(keys.k3),
  '03 add k2 again': (ring) => ring.add(keys.k2),
  '04 use k3': (ring) => ring.use(keys.k3),
  '05 use unknown': (ring) => ring.use(keys.k4),
  '06 remove primary k3': (ring) => ring.remove(keys.k3),
  '07 remove k1': (ring) => ring.remove(keys.k1),
  '08 remove unknown': (ring) => ring.remove(keys.k4),
  '09 add 15-byte key': (ring) => ring.add(key(15, 9)),
  '10 add 17-byte key': (ring) => ring.add(key(17, 9)),
  '12 new with keys k1,k2 and primary k3 not among them': () => new Keyring([keys.k1, keys.k2], keys.k3),
  '13 new with keys k1,k2,k3 and primary k2': () => new Keyring([keys.k1, keys.k2, keys.k3], keys.k2),
};

/** The first key is the primary when none is named, so keys without a primary cannot be said. */
const inexpressible = ['11 new with keys but no primary'];

test('every recorded step leaves the keys in the order of the reference', () => {
  let ring = new Keyring();
  const done: string[] = [];
  for (const vector of readVectors<{ name: string; ok: boolean; order_after: string[] }>('keyring')) {
    const step = steps[vector.name];
    if (step === undefined) continue;
    done.push(vector.name);
    let isRefused = false;
    try {
      ring = step(ring) ?? ring;
    } catch (error) {
      expect(error).toBeInstanceOf(ClusterError);
      isRefused = true;
    }
    expect(isRefused, vector.name).toBe(!vector.ok);
    expect(order(ring), vector.name).toEqual(vector.order_after);
  }
  expect([...done, ...inexpressible].toSorted()).toEqual(readVectors<{ name: string }>('keyring').map((v) => v.name));
});

test('a key of another length is refused with its length', () => {
  expect(() => new Keyring([key(20, 1)])).toThrow(
    expect.objectContaining({ code: 'ERR_KEY_LENGTH', message: 'key is 20 bytes, it must be 16, 24 or 32' }),
  );
});

test('a key that is unknown cannot be used, and the primary cannot be removed', () => {
  const ring = new Keyring([keys.k1, keys.k2]);
  expect(() => ring.use(keys.k3)).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
  expect(() => ring.remove(keys.k1)).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
  expect(order(ring)).toEqual(['k1', 'k2']);
});

test('an empty keyring is not enabled; its first key becomes the primary', () => {
  const ring = new Keyring();
  expect(ring.isEnabled).toBe(false);
  expect(ring.primary).toBeUndefined();
  ring.add(keys.k2);
  expect(ring.isEnabled).toBe(true);
  expect(ring.primary).toEqual(keys.k2);
});

test('a keyring keeps its own copy, and a list that was read stays as it was', () => {
  const mine = key(16, 1);
  const ring = new Keyring([mine, keys.k2]);
  const read = ring.keys;
  mine.fill(7);
  ring.use(keys.k2);
  expect(read.map((known) => known[0])).toEqual([1, 2]);
  expect(order(ring)).toEqual(['k2', 'k1']);
});

test('a keyring is bounded', () => {
  const ring = new Keyring();
  for (let index = 0; index < swimLimits.keysMax; index++) ring.add(key(16, index));
  expect(() => ring.add(key(16, 99))).toThrow(expect.objectContaining({ code: 'ERR_KEY' }));
  ring.add(key(16, 0));
  expect(ring.keys.length).toBe(swimLimits.keysMax);
});
