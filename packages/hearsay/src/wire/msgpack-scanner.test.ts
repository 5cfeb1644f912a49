import { expect, test } from 'vitest';
import { MsgpackScanner } from './msgpack-scanner.ts';

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

/** One value for each header byte of the format but c1, which it never uses (msgpack specification, "Formats"). */
function* examples(): Iterable<readonly [name: string, value: readonly number[]]> {
  for (let low = 0; low < 0x80; low += 1) yield ['positive fixint', [low]];
  for (let count = 0; count < 16; count += 1) yield ['fixmap', [0x80 + count, ...zeros(2 * count)]];
  for (let count = 0; count < 16; count += 1) yield ['fixarray', [0x90 + count, ...zeros(count)]];
  for (let length = 0; length < 32; length += 1) yield ['fixstr', [0xa0 + length, ...zeros(length)]];
  for (const header of [0xc0, 0xc2, 0xc3]) yield ['nil, false, true', [header]];
  for (const header of [0xc4, 0xd9]) yield ['bin 8, str 8', [header, 3, ...zeros(3)]];
  for (const header of [0xc5, 0xda]) yield ['bin 16, str 16', [header, 1, 3, ...zeros(259)]];
  for (const header of [0xc6, 0xdb]) yield ['bin 32, str 32', [header, 0, 0, 1, 3, ...zeros(259)]];
  yield ['ext 8', [0xc7, 3, 9, ...zeros(3)]];
  yield ['ext 16', [0xc8, 1, 3, 9, ...zeros(259)]];
  yield ['ext 32', [0xc9, 0, 0, 1, 3, 9, ...zeros(259)]];
  for (const header of [0xcc, 0xd0]) yield ['8-bit integer', [header, 0]];
  for (const header of [0xcd, 0xd1]) yield ['16-bit integer', [header, ...zeros(2)]];
  for (const header of [0xca, 0xce, 0xd2]) yield ['32-bit number', [header, ...zeros(4)]];
  for (const header of [0xcb, 0xcf, 0xd3]) yield ['64-bit number', [header, ...zeros(8)]];
  for (const [index, length] of [1, 2, 4, 8, 16].entries()) yield ['fixext', [0xd4 + index, 9, ...zeros(length)]];
  yield ['array 16', [0xdc, 1, 3, ...zeros(259)]];
  yield ['array 32', [0xdd, 0, 0, 1, 3, ...zeros(259)]];
  yield ['map 16', [0xde, 1, 3, ...zeros(2 * 259)]];
  yield ['map 32', [0xdf, 0, 0, 1, 3, ...zeros(2 * 259)]];
  for (let low = 0xe0; low < 0x100; low += 1) yield ['negative fixint', [low]];
}

function scan(bytes: Uint8Array, budgetBytes: number): { end: number; failure: string | undefined } {
  const scanner = new MsgpackScanner();
  scanner.begin(8, budgetBytes, 'too-large');
  const end = scanner.scan(bytes, 0, bytes.length);
  return { end, failure: scanner.failure };
}

test('a value of every header ends where the format says, within a budget of just that many bytes', () => {
  const headers = new Set<number>();
  for (const [name, value] of examples()) {
    const what = `${name} ${value[0]!.toString(16)}`;
    headers.add(value[0]!);
    // What follows is another value, so that one byte too many would not be noticed by running out of bytes.
    const bytes = Uint8Array.from([...value, 0, 0]);
    expect(scan(bytes, value.length), what).toEqual({ end: value.length, failure: undefined });
    expect(scan(bytes.subarray(0, value.length - 1), value.length), what).toEqual({ end: -1, failure: undefined });
    expect(scan(bytes, value.length - 1), what).toEqual({ end: -1, failure: 'too-large' });
  }
  expect(headers.size).toBe(255);
});

test('the one header that the format never uses fails', () => {
  expect(scan(Uint8Array.of(0xc1, 0), 2)).toEqual({ end: -1, failure: 'wrong-type' });
});
