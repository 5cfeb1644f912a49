import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle } from '../../../../../test/support/kv-node.ts';
import { kvLimits } from '../limits.ts';
import { newGeneration, streamKeyOf } from '../stream.ts';
import { decodeStored, encodeStored, type StoredRecord } from './record-codec.ts';
import type { KvRecord } from './record.ts';

const wallMs = 1_750_000_000_000;
const own = { node: 'a', generation: newGeneration(wallMs, 1) };

/** Records of a node to which about everything has happened. */
function records(): KvRecord[] {
  const told: KvRecord[] = [];
  const time = new KvTime();
  const a = new KvNode('a', time, { persist: (record) => void told.push(record), generation: own.generation });
  const b = new KvNode('b', time);
  a.put('flag', 'on');
  a.state.shared.put('short', bytes('lived'), { ttlMs: 5_000 });
  b.put('flag', 'off');
  b.state.owned.set('version', bytes('1'), { ttlMs: 5_000 });
  a.state.owned.set('zone', bytes('eu'));
  time.pass(10);
  settle(a, b);
  a.state.shared.delete('flag');
  a.state.owned.delete('zone');
  time.pass(90_000_000);
  a.state.expire();
  a.state.collect();
  a.state.forgetMember('b');
  a.state.openGeneration(newGeneration(wallMs + 1, 1));
  a.state.tendDeadStreams(new Set(['a']));
  time.pass(90_000_000);
  for (let index = 0; index < 3; index += 1) a.state.tendDeadStreams(new Set(['a']));
  time.pass(900_000_000);
  a.state.tendDeadStreams(new Set(['a']));
  return told;
}

test('a record is read as it was written', () => {
  const told = records();
  expect(told.some((record) => record.lane === 0 && record.absent.length > 0)).toBe(true);
  expect(told.some((record) => record.lane === 0 && record.forgotten.length > 0)).toBe(true);
  expect(told.some((record) => record.lane === 0 && record.streams.some(({ isRetired }) => isRetired))).toBe(true);
  expect(told.some((record) => record.lane === 1 && record.gone.length > 0)).toBe(true);
  told.forEach((record, index) => {
    const stored: StoredRecord = { sequence: index + 1, wallMs, content: { type: 'step', record } };
    expect(decodeStored(encodeStored(stored), wallMs)).toEqual(stored);
  });
  for (const content of [
    { type: 'snapshot' },
    { type: 'started' },
    { type: 'stopped', own, nextShared: 3, nextOwned: 7, medium: '12.34' },
  ] as const) {
    expect(decodeStored(encodeStored({ sequence: 9, wallMs, content }), wallMs)).toEqual({
      sequence: 9,
      wallMs,
      content,
    });
  }
});

test('the format on the disk is what it was', () => {
  const stream = streamKeyOf(own, 0);
  const row = { prefix: 3, extras: [5, 6], gcLine: 2 };
  const stamp = { epoch: 0, ms: wallMs, counter: 1 };
  const entry = {
    lane: 0,
    key: 'k',
    kind: 'put',
    value: bytes('v'),
    stream,
    version: 3,
    stamp,
    orig: undefined,
    adopt: 0,
    parent: undefined,
    ttlMs: 0,
    ageMs: 0,
  } as const;
  const shared: KvRecord = {
    lane: 0,
    own,
    entries: [entry],
    absent: ['x'],
    streams: [{ key: stream, row, owner: own, isRetired: false }],
    forgotten: [stream],
    floor: { epoch: 0, ms: 1, counter: 2 },
    lastStamp: stamp,
  };
  const ownedEntry = { lane: 1, key: 'k', kind: 'del', version: 3, ttlMs: 0, ageMs: 0 } as const;
  const owned: KvRecord = {
    lane: 1,
    own,
    streams: [
      {
        owner: own,
        row,
        entries: [{ ...ownedEntry, value: bytes(''), stream: streamKeyOf(own, 1) }],
        absent: ['x'],
      },
    ],
    gone: ['b'],
  };
  expect(hex({ sequence: 1, wallMs: 300, content: { type: 'step', record: shared } })).toBe(
    [
      '02 01 ac02',
      '01 61 01977420dc000001',
      '000000000001 0002',
      '01977420dc00 0001',
      '01 00 00 00 6c5c34f1f864fa63 03 01977420dc00 0001 01 6b 01 76',
      '01 01 78',
      '01 6c5c34f1f864fa63 01 03 03 02 01 00 01 01 61 01977420dc000001',
      '01 6c5c34f1f864fa63',
    ]
      .join('')
      .replaceAll(' ', ''),
  );
  expect(hex({ sequence: 2, wallMs: 300, content: { type: 'step', record: owned } })).toBe(
    [
      '03 02 ac02',
      '01 61 01977420dc000001',
      '01 01 61 01977420dc000001 03 03 02 01 00 01',
      '01 01 03 01 6b',
      '01 01 78',
      '01 01 62',
    ]
      .join('')
      .replaceAll(' ', ''),
  );
});

test('entries grow older while they are stored, and no younger when the clock is set back', () => {
  const record = records().find((each) => each.lane === 0 && each.entries[0]?.key === 'short')!;
  const stored = encodeStored({ sequence: 1, wallMs, content: { type: 'step', record } });
  const entryAt = (nowMs: number): unknown => {
    const content = decodeStored(stored, nowMs)!.content;
    return content.type === 'step' && content.record.lane === 0 ? content.record.entries[0] : undefined;
  };
  expect(entryAt(wallMs - 60_000)).toMatchObject({ ageMs: 0, value: bytes('lived') });
  expect(entryAt(wallMs + 4_999)).toMatchObject({ ageMs: 4_999, value: bytes('lived') });
  expect(entryAt(wallMs + 60_000)).toMatchObject({ ageMs: 5_000, value: bytes('') });
});

test('an entry in a store that was taken over more often than may be is read, with as much as may be', () => {
  const [record] = records().filter((each) => each.lane === 0 && each.entries.length > 0);
  if (record?.lane !== 0) throw new Error('the shared map was written');
  const [entry] = record.entries;
  const often = { ...record, entries: [{ ...entry!, adopt: Number.MAX_SAFE_INTEGER }] };
  const stored = { sequence: 1, wallMs, content: { type: 'step', record: often } } as const;
  expect(decodeStored(encodeStored(stored), wallMs)).toMatchObject({
    content: { record: { entries: [{ key: entry!.key, adopt: kvLimits.adoptMax }] } },
  });
});

test('a gc line in a store that is above its prefix is read as the prefix', () => {
  const row = { prefix: 3, extras: [5, 9], gcLine: Number.MAX_SAFE_INTEGER };
  const streams = { owner: own, row, entries: [], absent: [] };
  const zero = { epoch: 0, ms: 0, counter: 0 };
  const shared = { lane: 0, own, entries: [], absent: [], forgotten: [], floor: zero, lastStamp: zero } as const;
  const stream = { key: streamKeyOf(own, 0), row, owner: own, isRetired: false };
  for (const record of [
    { lane: 1, own, streams: [streams], gone: [] },
    { ...shared, streams: [stream] },
  ] as const) {
    const stored = { sequence: 1, wallMs, content: { type: 'step', record } } as const;
    expect(decodeStored(encodeStored(stored), wallMs)).toMatchObject({
      content: { record: { streams: [{ row: { prefix: 3, extras: [5, 9], gcLine: 3 } }] } },
    });
  }
});

test('bytes that are no record are refused, whatever they are', () => {
  const told = records().map((record, index) =>
    encodeStored({ sequence: index, wallMs, content: { type: 'step', record } }),
  );
  for (const whole of told) {
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeStored(whole.subarray(0, length), wallMs)).toBeUndefined();
    }
    expect(decodeStored(Uint8Array.of(...whole, 0), wallMs)).toBeUndefined();
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => void decodeStored(noise, wallMs)));
  fc.assert(
    fc.property(fc.constantFrom(...told), fc.nat(), fc.nat(255), (whole, at, byte) => {
      void decodeStored(
        whole.map((old, index) => (index === at % whole.length ? byte : old)),
        wallMs,
      );
    }),
  );
});

function hex(stored: StoredRecord): string {
  return Buffer.from(encodeStored(stored)).toString('hex');
}
