import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import {
  decodeConflictResponse,
  decodeKeyRequest,
  decodeKeyResponse,
  encodeConflictResponse,
  encodeKeyRequest,
  encodeKeyResponse,
} from './answer-codec.ts';
import { serfLimits } from './limits.ts';
import {
  decodeJoinIntent,
  decodeLeaveIntent,
  decodeQuery,
  decodeQueryResponse,
  decodeRelayHeader,
  decodeUserEvent,
  encodeJoinIntent,
  encodeLeaveIntent,
  encodeQuery,
  encodeQueryResponse,
  encodeRelayHeader,
  encodeUserEvent,
} from './message-codec.ts';
import { SerfMessageType } from './messages.ts';
import { decodePushPull, encodePushPull } from './push-pull-codec.ts';

const ltime = fc.maxSafeNat();
const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const node = fc.string({ unit: 'grapheme', maxLength: 40 });
const name = fc.string({ unit: 'binary-ascii', maxLength: 300 });
const payload = fc.option(fc.uint8Array({ maxLength: 300 }));
const bytes = fc.uint8Array({ maxLength: 40 });
/** Whole nanoseconds up to four months, which a number holds exactly. */
const timeoutMs = fc.integer({ min: -1_000, max: 2 ** 50 }).map((ns) => ns / 1_000_000);
const texts = fc.array(node, { maxLength: 20 });
const tags = fc.dictionary(node, node, { maxKeys: 20, noNullPrototype: false });
const slotEvents = fc.array(fc.record({ name, payload }), { maxLength: 20 });
const slots = fc.array(fc.record({ ltime, events: slotEvents }), { maxLength: 20 });

interface Codec {
  readonly type: number;
  readonly encode: (writer: ByteWriter, message: never) => void;
  readonly decode: (reader: ByteReader) => unknown;
  readonly message: fc.Arbitrary<unknown>;
}

const codecs: Readonly<Record<keyof typeof SerfMessageType, Codec>> = {
  leave: {
    type: SerfMessageType.leave,
    encode: encodeLeaveIntent,
    decode: decodeLeaveIntent,
    message: fc.record({ ltime, node, prune: fc.boolean() }),
  },
  join: {
    type: SerfMessageType.join,
    encode: encodeJoinIntent,
    decode: decodeJoinIntent,
    message: fc.record({ ltime, node }),
  },
  pushPull: {
    type: SerfMessageType.pushPull,
    encode: encodePushPull,
    decode: decodePushPull,
    message: fc.record({
      ltime,
      eventLtime: ltime,
      queryLtime: ltime,
      statusLtimes: fc.array(fc.tuple(node, ltime), { maxLength: 40 }).map((pairs) => new Map(pairs)),
      leftMembers: texts,
      events: slots,
      passedOverCount: fc.constant(0),
    }),
  },
  userEvent: {
    type: SerfMessageType.userEvent,
    encode: encodeUserEvent,
    decode: decodeUserEvent,
    message: fc.record({ ltime, name, payload, coalesce: fc.boolean() }),
  },
  query: {
    type: SerfMessageType.query,
    encode: encodeQuery,
    decode: decodeQuery,
    message: fc.record({
      ltime,
      id: u32,
      addr: fc.option(bytes),
      port: u16,
      sourceNode: node,
      filters: fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 20 }),
      flags: u32,
      relayFactor: u8,
      timeoutMs,
      name,
      payload,
    }),
  },
  queryResponse: {
    type: SerfMessageType.queryResponse,
    encode: encodeQueryResponse,
    decode: decodeQueryResponse,
    message: fc.record({ ltime, id: u32, from: node, flags: u32, payload }),
  },
  conflictResponse: {
    type: SerfMessageType.conflictResponse,
    encode: encodeConflictResponse,
    decode: decodeConflictResponse,
    message: fc.option(
      fc.record({
        name: node,
        addr: bytes,
        port: u16,
        tags,
        status: fc.integer({ min: -1, max: 300 }),
        protocolMin: u8,
        protocolMax: u8,
        protocolCurrent: u8,
        delegateMin: u8,
        delegateMax: u8,
        delegateCurrent: u8,
      }),
      { nil: undefined },
    ),
  },
  keyRequest: {
    type: SerfMessageType.keyRequest,
    encode: encodeKeyRequest,
    decode: decodeKeyRequest,
    message: fc.record({ key: bytes }),
  },
  keyResponse: {
    type: SerfMessageType.keyResponse,
    encode: encodeKeyResponse,
    decode: decodeKeyResponse,
    message: fc.record({ result: fc.boolean(), message: name, keys: fc.option(texts), primaryKey: node }),
  },
  relay: {
    type: SerfMessageType.relay,
    encode: encodeRelayHeader,
    decode: decodeRelayHeader,
    message: fc.record({ addr: fc.option(bytes), port: u16, name: node }),
  },
};

function encode({ encode: write }: Codec, message: unknown): Uint8Array {
  const writer = new ByteWriter(8);
  write(writer, message as never);
  return writer.copy();
}

describe.each(Object.entries(codecs))('%s', (_, codec) => {
  test('what is written is read again, and then the reader stands behind it', () => {
    const property = fc.property(codec.message, bytes, (message, behind) => {
      const reader = new ByteReader(Uint8Array.of(...encode(codec, message), ...behind));
      expect(reader.u8()).toBe(codec.type);
      expect(codec.decode(reader)).toEqual(message);
      expect([reader.failure, reader.remaining]).toEqual([undefined, behind.length]);
    });
    fc.assert(property);
  });

  test('what is cut short fails, wherever it is cut', () => {
    const property = fc.property(codec.message, fc.nat(), (message, cut) => {
      const whole = encode(codec, message);
      const reader = new ByteReader(whole.subarray(1, 1 + (cut % (whole.length - 1))));
      codec.decode(reader);
      expect(reader.failure).toBe('truncated');
    });
    fc.assert(property);
  });

  test('what is read does not change with the buffer it came in', () => {
    const property = fc.property(codec.message, (message) => {
      const buffer = encode(codec, message);
      const decoded = codec.decode(new ByteReader(buffer.subarray(1)));
      buffer.fill(0xff);
      expect(decoded).toEqual(message);
    });
    fc.assert(property);
  });
});

describe('a message is refused that has', () => {
  const long = 'n'.repeat(serfLimits.nameMaxBytes + 1);
  const longText = 'n'.repeat(serfLimits.textMaxBytes + 1);
  const query = {
    ltime: 1,
    id: 1,
    addr: null,
    port: 1,
    sourceNode: '',
    filters: [],
    flags: 0,
    relayFactor: 0,
    timeoutMs: 1,
    name: 'q',
    payload: null,
  };
  const filters = Array.from({ length: serfLimits.filtersMax + 1 }, () => Uint8Array.of(2));
  const keys = Array.from({ length: serfLimits.keysMax + 1 }, () => '');
  const manyTags = Object.fromEntries(Array.from({ length: serfLimits.tagsMax + 1 }, (_, index) => [`t${index}`, '']));
  const conflict = { name: '', addr: new Uint8Array(4), port: 1, tags: manyTags, status: 1 };
  test.each([
    { why: 'a long node name', kind: 'join', message: { ltime: 1, node: long }, failure: 'too-large' },
    {
      why: 'a long event name',
      kind: 'userEvent',
      message: { ltime: 1, name: longText, payload: null, coalesce: false },
      failure: 'too-large',
    },
    { why: 'many filters', kind: 'query', message: { ...query, filters }, failure: 'too-many-entries' },
    { why: 'an empty filter', kind: 'query', message: { ...query, filters: [new Uint8Array(0)] }, failure: 'empty' },
    { why: 'no key to install', kind: 'query', message: { ...query, name: '_serf_install-key' }, failure: 'empty' },
    {
      why: 'an empty key to remove',
      kind: 'query',
      message: { ...query, name: '_serf_remove-key', payload: new Uint8Array(0) },
      failure: 'empty',
    },
    {
      why: 'many keys',
      kind: 'keyResponse',
      message: { result: true, message: '', keys, primaryKey: '' },
      failure: 'too-many-entries',
    },
    { why: 'many tags', kind: 'conflictResponse', message: conflict, failure: 'too-many-entries' },
    {
      why: 'a port of three bytes',
      kind: 'relay',
      message: { addr: null, port: 65_536, name: '' },
      failure: 'out-of-range',
    },
    { why: 'a large relay factor', kind: 'query', message: { ...query, relayFactor: 256 }, failure: 'out-of-range' },
    { why: 'a time too late', kind: 'join', message: { ltime: 2 ** 53, node: '' }, failure: 'out-of-range' },
  ] as const)('$why', ({ kind, message, failure }) => {
    const codec = codecs[kind];
    const reader = new ByteReader(encode(codec, message).subarray(1));
    codec.decode(reader);
    expect(reader.failure).toBe(failure);
  });
});

describe('of a push/pull the entries beyond the limits are passed over, and the rest counts', () => {
  const empty = { ltime: 5, eventLtime: 6, queryLtime: 7, statusLtimes: new Map(), leftMembers: [], events: [] };
  const long = 'n'.repeat(serfLimits.nameMaxBytes + 1);

  function receive(message: object): ReturnType<typeof decodePushPull> {
    const reader = new ByteReader(encode(codecs.pushPull, { ...empty, ...message }).subarray(1));
    const state = decodePushPull(reader);
    expect(reader.failure).toBeUndefined();
    expect([state.ltime, state.eventLtime, state.queryLtime]).toEqual([5, 6, 7]);
    return state;
  }

  test('names that are too long', () => {
    const statusLtimes = new Map([
      ['a', 1],
      [long, 2],
      ['b', 3],
    ]);
    const state = receive({ statusLtimes, leftMembers: [long, 'b'] });
    expect([...state.statusLtimes]).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
    expect(state.leftMembers).toEqual(['b']);
    expect(state.passedOverCount).toBe(2);
  });

  test('events of one Lamport time', () => {
    const events = Array.from({ length: serfLimits.eventsPerTimeMax + 3 }, (_, index) => ({
      name: `e${index}`,
      payload: null,
    }));
    const state = receive({
      events: [
        { ltime: 1, events },
        { ltime: 2, events: events.slice(0, 2) },
      ],
    });
    expect(state.events.map((slot) => slot.events.length)).toEqual([serfLimits.eventsPerTimeMax, 2]);
    expect(state.passedOverCount).toBe(3);
  });

  test('events of all Lamport times', () => {
    const events = Array.from({ length: 1_000 }, () => ({ name: '', payload: null }));
    const slotsOf = (count: number): object[] => Array.from({ length: count }, (_, ltime) => ({ ltime, events }));
    const state = receive({ events: slotsOf(17) });
    const heldCount = state.events.reduce((sum, slot) => sum + slot.events.length, 0);
    expect(heldCount).toBe(serfLimits.pushPullEventsMax);
    expect(state.passedOverCount).toBe(17_000 - heldCount);
  });

  test('Lamport times with events', () => {
    const state = receive({
      events: Array.from({ length: serfLimits.eventSlotsMax + 2 }, (_, ltime) => ({ ltime, events: [] })),
    });
    expect(state.events).toHaveLength(serfLimits.eventSlotsMax);
    expect(state.passedOverCount).toBe(2);
  });
});
