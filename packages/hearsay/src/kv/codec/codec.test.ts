import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyKvMessage } from '../../../../../test/support/kv-messages.ts';
import { decodeKvMessage, isKvMessage, KvDecoder } from './decode.ts';
import { encodeKvMessage } from './encode.ts';

test('what is read is what was written, for every message', () => {
  fc.assert(
    fc.property(anyKvMessage, (message) => {
      const bytes = encodeKvMessage(message);
      expect(isKvMessage(bytes)).toBe(true);
      expect(decodeKvMessage(bytes)).toEqual(message);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever is read can be written, and read as the same', () => {
  fc.assert(
    fc.property(anyKvMessage, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, change) => {
      const bytes = encodeKvMessage(message);
      bytes[at % bytes.length]! ^= change;
      const other = decodeKvMessage(bytes);
      if (other !== undefined) expect(decodeKvMessage(encodeKvMessage(other))).toEqual(other);
    }),
    { numRuns: 5_000 },
  );
});

test('a message that ends early, or goes on, is refused and counted', () => {
  fc.assert(
    fc.property(anyKvMessage, fc.nat(), (message, cut) => {
      const bytes = encodeKvMessage(message);
      const decoder = new KvDecoder();
      const start = bytes.subarray(0, cut % bytes.length);
      // Lists that go to the end of the message may end earlier.
      const shorter = decoder.decode(start);
      if (shorter !== undefined) expect(encodeKvMessage(shorter)).toEqual(start);
      else expect(sum(decoder.refusals)).toBe(1);
    }),
  );
});

test('a message keeps nothing of the buffer it was read from', () => {
  fc.assert(
    fc.property(anyKvMessage, (message) => {
      const bytes = encodeKvMessage(message);
      const read = decodeKvMessage(bytes);
      bytes.fill(0xff);
      expect(read).toEqual(message);
    }),
  );
});

test('no bytes, however wrong, make the decoder throw', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 400 }), (type, body) => {
      const decoder = new KvDecoder();
      const message = decoder.decode(Uint8Array.of(0xe7, 0x47, 0x53, 1, type, ...body));
      expect(sum(decoder.refusals)).toBe(message === undefined ? 1 : 0);
    }),
    { numRuns: 5_000 },
  );
});

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
