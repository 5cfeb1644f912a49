import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inquiryLimits } from '../../inquiry/index.ts';
import { decodeQuestion, decodeTestimony, encodeWhy } from './codec.ts';
import type { Testimony } from './testimony.ts';

const testimony: Testimony = {
  witness: 'n1',
  startedAtMs: 100,
  healthScore: 1,
  records: [{ kind: 'confirmation', node: 'n2', id: 3, atMs: 4_000, by: 'n5' }],
  aboutAccusers: [],
  own: [{ kind: 'stall', atMs: 3_000, lateMs: 200 }],
  lastAckAtMs: -Infinity,
  lastPingAtMs: 4_500,
  changedAtMs: 200,
  lostCount: 0,
  memberCount: 5,
};

test('a testimony arrives as it was given, in the time of the one who reads it', () => {
  const read = decodeTestimony(encodeWhy(testimony, 5_000), 105_000);
  expect(read).toEqual({
    ...testimony,
    startedAtMs: 100_100,
    records: [{ ...testimony.records[0], atMs: 104_000 }],
    own: [{ ...testimony.own[0], atMs: 103_000 }],
    lastPingAtMs: 104_500,
    changedAtMs: 100_200,
  });
});

test('a record of a kind or shape that is not known is left out, the rest is read', () => {
  const strange = { ...testimony, records: [...testimony.records, { kind: 'later' }, { kind: 'relay' }, 7] };
  const read = decodeTestimony(encodeWhy(strange as unknown as Testimony, 5_000), 5_000);
  expect(read?.records).toEqual(testimony.records);
});

test('words that nobody of ours says, and numbers that are none, are left out', () => {
  const transition = { kind: 'transition', node: 'n2', id: 4, atMs: 0, from: 'alive', to: 'suspect', incarnation: 1 };
  const how = { by: 'n5', via: 'gossip', lastAckAtMs: 0, lastPingAtMs: 0 };
  const readRecords = (changes: object): number => {
    const records = [{ ...transition, ...how, ...changes }];
    const read = decodeTestimony(encodeWhy({ ...testimony, records } as unknown as Testimony, 0), 0);
    return read!.records.length;
  };
  expect(readRecords({})).toBe(1);
  for (const changes of [{ to: '__proto__' }, { from: 'constructor' }, { via: 'rumor' }, { by: 'n'.repeat(256) }]) {
    expect(readRecords(changes)).toBe(0);
  }
  const infinite = new TextDecoder().decode(encodeWhy(testimony, 0)).replace('"lostCount":0', '"lostCount":1e999');
  expect(decodeTestimony(new TextEncoder().encode(infinite), 0)).toBeUndefined();
});

test('the longest question that answers of others can lead to may be sent', () => {
  const names = Array.from({ length: 8 }, () => '\u0001'.repeat(255));
  const question = { node: '\u0001'.repeat(255), accusers: names, fromAtMs: 0, toAtMs: 0, startedAtMs: 0 };
  expect(encodeWhy(question, 0).length).toBeLessThan(inquiryLimits.questionMaxBytes);
});

test('no bytes make the decoder throw', () => {
  const whole = encodeWhy(testimony, 5_000);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(whole.length), fc.nat(255), (bytes, at, value) => {
      expect(decodeQuestion(bytes, 0)).toBeUndefined();
      const changed = Uint8Array.from(whole);
      changed[at] = value;
      decodeTestimony(changed, 0);
    }),
  );
});

test('what an accused said of itself, and what a witness noticed of strangers and clocks, arrives too', () => {
  const said = { atMs: 3_900, healthScore: 2, stalledMs: 700 };
  const accused = { kind: 'transition', node: 'n2', id: 4, from: 'alive', to: 'suspect', incarnation: 1 } as const;
  const heard = { by: 'n1', via: 'own', lastAckAtMs: 3_000, lastPingAtMs: -Infinity, frozenMs: 20_500 } as const;
  const told: Testimony = {
    ...testimony,
    records: [{ ...accused, ...heard, atMs: 4_000, address: '10.0.0.2:7946', said }],
    own: [
      { kind: 'stranger', atMs: 3_500, stranger: 'key', from: '10.0.0.2:7946' },
      { kind: 'clock', atMs: 3_600, aheadMs: 3_600_000, refusedBy: 'n1, n3' },
    ],
  };
  expect(decodeTestimony(encodeWhy(told, 5_000), 5_000)).toEqual(told);
});
