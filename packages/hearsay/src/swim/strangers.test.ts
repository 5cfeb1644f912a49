import { expect, test } from 'vitest';
import { StepClock } from '../util/index.ts';
import type { WireFailure } from '../wire/index.ts';
import { Strangers, strangerQuietMs, type Stranger } from './strangers.ts';

const from = { host: '192.0.2.7', port: 7946 };
const sealedBytes = [1, 0x5a, ...Array.from({ length: 40 }, () => 7)];
const text = (value: string): number[] => [...value].map((char) => char.charCodeAt(0));

function watch(): { clock: StepClock; told: Stranger[]; strangers: Strangers } {
  const clock = new StepClock();
  const told: Stranger[] = [];
  return { clock, told, strangers: new Strangers(clock, (stranger) => told.push(stranger)) };
}

function kindOf(bytes: readonly number[], failure: WireFailure): string | undefined {
  const { strangers, told } = watch();
  strangers.receive(from, 'packet', Uint8Array.from(bytes), failure);
  return told[0]?.kind;
}

test.each<[string, readonly number[], WireFailure, string | undefined]>([
  ['another label', [244, 1, 97, 0], 'label-mismatch', 'label'],
  ['no label where we have one', [0, 0x85], 'label-mismatch', 'label'],
  ['another key', sealedBytes, 'encryption-key', 'key'],
  ['a stream with another key', [10, 0, 0, 0, 50, 1], 'encryption-key', 'key'],
  ['a plain ping where we encrypt', [0, 0x85, 0xa4], 'encryption-key', 'not-encrypted'],
  ['a plain compound where we encrypt', [7, 2, 0, 5], 'encryption-version', 'not-encrypted'],
  ['a plain packet with a checksum where we encrypt', [12, 1, 2, 3, 4], 'encryption-version', 'not-encrypted'],
  ['a plain stream where we encrypt', [6, 0x83], 'encryption-required', 'not-encrypted'],
  ['a sealed packet where we do not encrypt', sealedBytes, 'wrong-type', 'encrypted'],
  ['a sealed stream where we do not encrypt', [10, 0, 0, 0, 50], 'encryption-unexpected', 'encrypted'],
  ['a browser', text('GET / HTTP/1.1\r\n'), 'unknown-type', 'http'],
  ['a browser, where a label is required', text('GET / HTTP/1.1\r\n'), 'label-mismatch', 'http'],
  ['a web server that answers', text('HTTP/1.1 400 Bad Request'), 'unknown-type', 'http'],
  ['a TLS client', [0x16, 0x03, 0x01, 0x02, 0x00], 'unknown-type', 'tls'],
  ['something else', text('SSH-2.0-x'), 'unknown-type', 'not-gossip'],
  ['a damaged ping of a member', [0, 0x85, 0xa4, 0x4e], 'truncated', undefined],
  ['a packet with a wrong checksum', [12, 1, 2, 3, 4], 'checksum', undefined],
  ['nothing', [], 'empty', undefined],
])('%s is told apart', (_, bytes, failure, expected) => {
  expect(kindOf(bytes, failure)).toBe(expected);
});

test('each kind is told of at once, then once a minute with the number of times', () => {
  const { clock, told, strangers } = watch();
  const label = (): void => strangers.receive(from, 'packet', Uint8Array.of(244, 1, 97, 0), 'label-mismatch');
  for (let i = 0; i < 100; i += 1) label();
  strangers.receive(from, 'stream', Uint8Array.of(0x16, 0x03, 0x01), 'unknown-type');
  expect(told.map(({ kind, count }) => [kind, count])).toEqual([
    ['label', 1],
    ['tls', 1],
  ]);
  clock.advanceTo(strangerQuietMs - 1);
  label();
  expect(told).toHaveLength(2);
  clock.advanceTo(strangerQuietMs);
  label();
  expect(told[2]).toEqual({ kind: 'label', from, channel: 'packet', count: 101 });
});

test('what a peer says of our stream counts as well', () => {
  const { told, strangers } = watch();
  strangers.receiveRefusal(from, 'stream refused: label-mismatch');
  strangers.receiveRefusal(from, 'stream refused: encryption-key');
  strangers.receiveRefusal(from, 'too many members');
  expect(told.map(({ kind }) => kind)).toEqual(['label', 'key']);
});
