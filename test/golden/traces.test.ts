import { describe, expect, test } from 'vitest';
import type { StreamMessage, WireConfig } from 'hearsay/wire';
import { newPacketCodec, refusalsOf } from './packet-helpers.ts';
import { DecodingSink } from './packet-messages.ts';
import { feed, newStreamCodec } from './stream-helpers.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface TraceEvent {
  readonly ev: string;
  readonly hex: string;
  readonly node: string;
  readonly stream?: number;
  /** Third-party traces: which run. */
  readonly program?: string;
  readonly peer?: string;
}

interface Trace {
  readonly file: string;
  readonly key?: string;
  readonly config?: Partial<WireConfig>;
  readonly packetCount: number;
  readonly streamCount: number;
}

const key = '000102030405060708090a0b0c0d0e0f';

const traces: readonly Trace[] = [
  { file: 'trace-old', packetCount: 166, streamCount: 4 },
  { file: 'trace-mixed', packetCount: 163, streamCount: 4 },
  { file: 'trace-encrypted', key, packetCount: 157, streamCount: 4 },
  { file: 'trace-label-encrypted', key, config: { label: 'dc1' }, packetCount: 159, streamCount: 4 },
  { file: 'trace-ipv6', packetCount: 144, streamCount: 2 },
  { file: 'third-party', packetCount: 38, streamCount: 3 },
];

describe.each(traces)('all that nodes sent in $file', ({ file, key, config, packetCount, streamCount }) => {
  const events = loadVectors<TraceEvent>(file);
  const keys = key === undefined ? undefined : [fromHex(key)];
  const sink = new DecodingSink();
  const streamed: StreamMessage[] = [];

  test('every packet gives messages, and each message encodes to the bytes it came as', () => {
    const packets = events.filter(({ ev }) => ev === 'packet-in' || ev === 'packet-out');
    expect(packets).toHaveLength(packetCount);
    const codec = newPacketCodec(config, keys);
    for (const packet of packets) {
      const before = sink.messages.length;
      codec.unwrap(fromHex(packet.hex), sink);
      expect(sink.messages.length).toBeGreaterThan(before);
    }
    expect(refusalsOf(codec)).toEqual({});
    expect(sink.messages.map(({ encodedHex }) => encodedHex)).toEqual(sink.messages.map(({ hex }) => hex));
  });

  test('every stream gives its message in both directions', () => {
    const streams = new Map<string, { out: string; in: string }>();
    for (const event of events) {
      if (event.ev !== 'stream-out' && event.ev !== 'stream-in') continue;
      const id = `${event.program} ${event.peer} ${event.node} ${event.stream}`;
      const stream = streams.get(id) ?? { out: '', in: '' };
      streams.set(id, stream);
      if (event.ev === 'stream-out') stream.out += event.hex;
      else stream.in += event.hex;
    }
    expect(streams.size).toBe(streamCount);
    for (const stream of streams.values()) {
      const request = feed(newStreamCodec(config, keys).newReader('responder'), fromHex(stream.out));
      expect(request.failure).toBeUndefined();
      streamed.push(request.result!);
      const expectsReply = request.result!.type === 'push-pull';
      expect(stream.in !== '').toBe(expectsReply);
      const reply = feed(newStreamCodec(config, keys).newReader('initiator'), fromHex(stream.in));
      expect(reply.result?.type).toBe(expectsReply ? 'push-pull' : undefined);
      if (reply.result !== undefined) streamed.push(reply.result);
    }
  });

  test('what the delegates got is what we read', () => {
    const messages = [
      ...sink.messages.filter(({ kind }) => kind === 'user').map(({ value }) => value),
      ...streamed.filter((message) => message.type === 'user').map(({ payload }) => toHex(payload)),
    ];
    const states = streamed.filter((message) => message.type === 'push-pull').map(({ userState }) => toHex(userState));
    for (const event of events) {
      if (event.ev === 'user-message') expect(messages).toContain(event.hex);
      if (event.ev === 'remote-state') expect(states).toContain(event.hex);
    }
  });
});
