import { expect, test } from 'vitest';
import { SeededRng, StepClock } from '../util/index.ts';
import { MemberList } from './member-list.ts';
import { Member } from './member.ts';
import { ReceiveGaps } from './receive-gaps.ts';

/** Gaps of a node with so many live members, itself included, and periods of a second. Something came at 0. */
function gapsAmong(liveCount: number, isOn: boolean = true): { gaps: ReceiveGaps; clock: StepClock } {
  const clock = new StepClock();
  const members = new MemberList('n0', new SeededRng(1));
  for (let i = 0; i < liveCount; i++) {
    const member = new Member(`n${i}`);
    members.add(member);
    members.setState(member, i % 2 === 0 ? 'alive' : 'suspect', 0);
  }
  const gaps = new ReceiveGaps(isOn, clock, members, 1_000);
  gaps.hear();
  return { gaps, clock };
}

test('a gap is longer than one and a half protocol periods', () => {
  const { gaps, clock } = gapsAmong(8);
  clock.advanceTo(1_500);
  expect(gaps.takeMs()).toBe(0);
  clock.advanceTo(1_501);
  expect(gaps.takeMs()).toBe(1_501);
});

test('no part of a gap is taken twice', () => {
  const { gaps, clock } = gapsAmong(8);
  clock.advanceTo(4_000);
  expect(gaps.takeMs()).toBe(4_000);
  clock.advanceTo(5_000);
  expect(gaps.takeMs()).toBe(1_000);
  gaps.hear();
  clock.advanceTo(6_000);
  expect(gaps.takeMs()).toBe(0);
  clock.advanceTo(7_000);
  expect(gaps.takeMs()).toBe(2_000);
});

test('a stall within a gap is no part of it', () => {
  const { gaps, clock } = gapsAmong(8);
  clock.advanceTo(3_000);
  gaps.skip();
  clock.advanceTo(5_000);
  expect(gaps.takeMs()).toBe(2_000);
});

test('among fewer than eight live members silence tells nothing', () => {
  const { gaps, clock } = gapsAmong(7);
  clock.advanceTo(10_000);
  expect(gaps.takeMs()).toBe(0);
  expect(gaps.isDeafSince(5_000, 60_000)).toBe(false);
});

test('without the rule nothing is a gap', () => {
  const { gaps, clock } = gapsAmong(100, false);
  clock.advanceTo(10_000);
  expect(gaps.takeMs()).toBe(0);
  expect(gaps.isDeafSince(5_000, 60_000)).toBe(false);
});

test('deaf is who heard nothing since, but not for ever', () => {
  const { gaps, clock } = gapsAmong(8);
  clock.advanceTo(3_000);
  expect(gaps.isDeafSince(2_000, 4_000)).toBe(true);
  expect(gaps.isDeafSince(0, 4_000)).toBe(false);
  clock.advanceTo(4_001);
  expect(gaps.isDeafSince(2_000, 4_000)).toBe(false);
});
