import { expect, test } from 'vitest';
import { StepClock } from '../../util/index.ts';
import { Member } from '../member.ts';
import { evidenceLimits } from './limits.ts';
import { EvidenceRecorder } from './recorder.ts';

const longName = (index: number): string => `${index}`.padEnd(2_000, 'x');

/** Troubles of `count` members, with the longest names that a packet carries. */
function flood(recorder: EvidenceRecorder, clock: StepClock, count: number): void {
  for (let index = 0; index < count; index += 1) {
    clock.advanceTo(clock.nowMs + 5_000);
    const member = new Member(`${index}`.padEnd(255, 'n'));
    const helpers = Array.from({ length: 20 }, (_, helper) => new Member(`h${helper}`));
    recorder.onPacket();
    recorder.onStall(1_000);
    recorder.onRefutation(index, longName(index));
    recorder.onAck(member.name, 1);
    recorder.onPing(member.name);
    const probe = { node: member.name, seqNo: index, startedAtMs: 0, lateMs: 0, helpers, sendFailure: undefined };
    recorder.endProbe(recorder.beginProbe(probe), 'failed', 0, 0);
    recorder.onRelay(longName(index), longName(index), 0, false);
    recorder.onTransition(member, 'alive', longName(index), 'gossip');
    recorder.onConfirmation(member.name, longName(index));
    recorder.onConflict(member.name, undefined, undefined);
    recorder.onStale(member.name, 1, 2);
  }
}

test('however much happens, the newest so many records are kept, and no long text', () => {
  const clock = new StepClock();
  const recorder = new EvidenceRecorder(clock, 1_000);
  flood(recorder, clock, 5_000);
  const records = [...recorder.records()];
  const own = [...recorder.own()];
  expect(records).toHaveLength(evidenceLimits.recordsMax);
  expect(own).toHaveLength(evidenceLimits.ownRecordsMax);
  expect(records[0]!.node).toMatch(/^4999/);
  const bytes = JSON.stringify([records, own]).length;
  expect(bytes).toBeLessThan(1_024 * 1_024);
  flood(recorder, clock, 1_000);
  expect(JSON.stringify([[...recorder.records()], [...recorder.own()]]).length).toBeLessThan(1_024 * 1_024);
});

test('of the contacts the newest so many are kept', () => {
  const clock = new StepClock();
  const recorder = new EvidenceRecorder(clock, 1_000);
  clock.advanceTo(7);
  for (let index = 0; index <= evidenceLimits.contactsMax; index += 1) recorder.onAck(`n${index}`, 1);
  expect(recorder.contact('n0').ackAtMs).toBe(-Infinity);
  expect(recorder.contact('n1').ackAtMs).toBe(7);
});

test('a conflict that goes on is one record, which counts', () => {
  const clock = new StepClock();
  const recorder = new EvidenceRecorder(clock, 1_000);
  for (let index = 0; index < 100; index += 1) {
    clock.advanceTo(clock.nowMs + 1_000);
    recorder.onConflict('n1', { host: '10.0.0.1', port: 1 }, { host: '10.0.0.2', port: 1 });
  }
  expect([...recorder.records()]).toMatchObject([{ kind: 'conflict', count: 100, atMs: 1_000, lastAtMs: 100_000 }]);
});

test('nothing received for three periods is a silence', () => {
  const clock = new StepClock();
  const recorder = new EvidenceRecorder(clock, 1_000);
  for (const atMs of [0, 3_000, 6_001]) {
    clock.advanceTo(atMs);
    recorder.onPacket();
  }
  expect([...recorder.own()]).toEqual([{ kind: 'silence', atMs: 6_001, silentMs: 3_001 }]);
});
