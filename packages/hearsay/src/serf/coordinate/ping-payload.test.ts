import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../../util/index.ts';
import { decodePingPayload, encodePingPayload } from './ping-payload.ts';
import { newCoordinate, vivaldiDefaults, type Coordinate } from './vivaldi.ts';

const fresh = newCoordinate(vivaldiDefaults);

function encode(coordinate: Coordinate): Uint8Array {
  const writer = new ByteWriter();
  encodePingPayload(writer, coordinate);
  return writer.copy();
}

function failureOf(payload: Uint8Array): string | undefined {
  const reader = new ByteReader(payload);
  decodePingPayload(reader);
  return reader.failure;
}

test('the payload of a fresh coordinate takes 130 bytes', () => {
  expect(encode(fresh)).toHaveLength(130);
});

test('missing fields are zero, numbers of any kind are taken, and unknown fields are passed over', () => {
  // Error 1 as an integer, Height 0.5 as a short float, Foo.
  const hex = '0183a54572726f7201a6486569676874ca3f000000a3466f6fc3';
  const reader = new ByteReader(Uint8Array.from(Buffer.from(hex, 'hex')));
  expect(decodePingPayload(reader)).toEqual({ vec: [], error: 1, adjustment: 0, height: 0.5 });
  expect(reader.failure).toBeUndefined();
});

describe('a payload is refused that has', () => {
  test.each([
    { why: 'nothing', payload: new Uint8Array(0), failure: 'truncated' },
    { why: 'another version', payload: Uint8Array.of(2, ...encode(fresh).subarray(1)), failure: 'unknown-type' },
    { why: 'an early end', payload: encode(fresh).subarray(0, 100), failure: 'truncated' },
    { why: 'not a number', payload: encode({ ...fresh, adjustment: Number.NaN }), failure: 'out-of-range' },
    { why: 'infinity', payload: encode({ ...fresh, error: Infinity }), failure: 'out-of-range' },
    { why: 'a place far outside', payload: encode({ ...fresh, vec: [1e200] }), failure: 'out-of-range' },
    { why: 'a negative error', payload: encode({ ...fresh, error: -0.5 }), failure: 'negative' },
    { why: 'a negative height', payload: encode({ ...fresh, height: -1 }), failure: 'negative' },
    {
      why: 'too many dimensions',
      payload: encode({ ...fresh, vec: Array.from({ length: 65 }, () => 0) }),
      failure: 'too-many-entries',
    },
  ])('$why', ({ payload, failure }) => expect(failureOf(payload)).toBe(failure));
});

test('no payload, whatever its bytes, makes the decoder throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => void failureOf(Uint8Array.of(1, ...bytes))));
});
