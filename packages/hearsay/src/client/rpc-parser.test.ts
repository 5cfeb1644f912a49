import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, readRpcSessions, toHex } from '../../../../test/support/rpc-corpus.ts';
import { RpcParser } from './rpc-parser.ts';

function take(parser: RpcParser): string[] {
  const values: string[] = [];
  for (let value = parser.next(); value !== undefined; value = parser.next()) values.push(toHex(value));
  return values;
}

const values = readRpcSessions()
  .slice(0, 60)
  .flatMap(({ messages }) => messages.flatMap(({ hex }) => (hex === undefined ? [] : [hex])));
const stream = fromHex(values.join(''));

test('however the stream is cut, the values are the same', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(cuts, fc.boolean(), (lengths, isReadAtOnce) => {
      const parser = new RpcParser({ maxValueBytes: 4_096 });
      const taken: string[] = [];
      for (let at = 0, cut = 0; at < stream.length; cut += 1) {
        const end = at + lengths[cut % lengths.length]!;
        parser.push(stream.subarray(at, end));
        if (isReadAtOnce) taken.push(...take(parser));
        at = end;
      }
      taken.push(...take(parser));
      expect(taken).toEqual(values);
      expect(parser).toMatchObject({ failure: undefined, pendingBytes: 0 });
    }),
  );
});

test('it counts what it keeps: chunks not asked for, and the unfinished value', () => {
  const parser = new RpcParser({ maxValueBytes: 100 });
  parser.push(fromHex('01a2'));
  parser.push(fromHex('41'));
  expect(parser.pendingBytes).toBe(3);
  expect(toHex(parser.next()!)).toBe('01');
  expect(parser.pendingBytes).toBe(2);
  expect(parser.next()).toBeUndefined();
  expect(parser.pendingBytes).toBe(2);
  parser.push(fromHex('42'));
  expect(toHex(parser.next()!)).toBe('a24142');
  expect(parser.pendingBytes).toBe(0);
});

test.each([
  ['a byte string that announces more than the limit', 'c600000061', 'too-large'],
  ['a list that announces more values than the limit has bytes', 'dd00000061', 'too-large'],
  ['a map that announces more pairs than the limit has bytes', 'dfffffffff', 'too-large'],
  ['values that together pass the limit', `9f${'d9085858585858585858'.repeat(15)}`, 'too-large'],
  ['lists in lists', '91'.repeat(17), 'nested-too-deep'],
  ['the byte that begins no value', 'c1', 'wrong-type'],
])('%s ends the stream', (_, hex, failure) => {
  const parser = new RpcParser({ maxValueBytes: 96 });
  parser.push(fromHex(`01${hex}02`));
  expect(take(parser)).toEqual(['01']);
  expect(parser.failure).toBe(failure);
  parser.push(fromHex('03'));
  expect(take(parser)).toEqual([]);
  expect(parser.pendingBytes).toBe(0);
});

test('a value that trickles in byte by byte costs no more than its length', () => {
  const length = 2 * 1024 * 1024;
  const parser = new RpcParser({ maxValueBytes: length + 5 });
  parser.push(Uint8Array.of(0xc6, length >>> 24, length >>> 16, length >>> 8, length));
  const byte = Uint8Array.of(7);
  const startedAtMs = performance.now();
  for (let index = 0; index < length - 1; index += 1) {
    parser.push(byte);
    if (parser.next() !== undefined) throw new Error('the value is not whole yet');
  }
  parser.push(byte);
  expect(parser.next()?.length).toBe(length + 5);
  // Copying all that is there for every byte that comes would move two terabytes.
  expect(performance.now() - startedAtMs).toBeLessThan(20_000);
});
