import { expect, test } from 'vitest';
import { PacketArena } from './packet-arena.ts';

test('a copy stays as it is for as long as it is in flight, however many follow', () => {
  const arena = new PacketArena();
  const copies = Array.from({ length: 300 }, (_, index) => arena.copy(new Uint8Array(1_400).fill(index)));
  copies.forEach((copy, index) => {
    expect(copy.length).toBe(1_400);
    expect(copy.every((byte) => byte === (index & 0xff))).toBe(true);
  });
});

test('when nothing is in flight the same memory is used again', () => {
  const arena = new PacketArena();
  const first = arena.copy(Uint8Array.of(1, 2, 3));
  const second = arena.copy(Uint8Array.of(4, 5, 6));
  expect(second.byteOffset).toBe(3);
  arena.release();
  arena.release();
  const third = arena.copy(Uint8Array.of(7, 8, 9));
  expect(third.buffer).toBe(first.buffer);
  expect(third.byteOffset).toBe(0);
});

test('the longest datagram has room', () => {
  const arena = new PacketArena();
  arena.copy(new Uint8Array(100));
  expect(arena.copy(new Uint8Array(65_507).fill(9)).at(-1)).toBe(9);
});
