import { expect, test } from 'vitest';
import { passUntil } from '../../../../test/support/pass-time.ts';
import { SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { swimPresets } from './config.ts';
import { MemberList } from './member-list.ts';
import { Member } from './member.ts';
import { checkSwimRules, type RuleSetName } from './rules.ts';
import { SwimStats } from './stats.ts';
import { Storms } from './storms.ts';

class Fixture {
  readonly overAtMs: number[] = [];
  readonly #clock: StepClock = new StepClock();
  readonly #timers: TimerQueue = new TimerQueue();
  readonly #stats: SwimStats = new SwimStats();
  readonly #storms: Storms;

  constructor(memberCount: number, rules: RuleSetName = 'sharp') {
    const rng = new SeededRng(1);
    const members = new MemberList('n0', rng);
    for (let i = 0; i < memberCount; i++) members.add(new Member(`n${i}`));
    const clock = this.#clock;
    const env = { clock, timers: this.#timers, rng, aead: undefined, fillRandom: () => undefined, trace: undefined };
    const parts = { config: swimPresets.lan, rules: checkSwimRules(rules), members, env, stats: this.#stats };
    this.#storms = new Storms(parts, () => this.overAtMs.push(clock.nowMs));
  }

  /** So many members fail, one every `everyMs`. */
  fail(count: number, everyMs: number): this {
    for (let i = 0; i < count; i++) {
      this.#storms.onNews();
      this.#stats.membersFailed += 1;
      this.pass(everyMs);
    }
    this.#storms.onNews();
    return this;
  }

  pass(spanMs: number): this {
    passUntil(this.#clock, this.#timers, this.#clock.nowMs + spanMs);
    return this;
  }
}

test('a tenth of all members is a storm, which is over 5 to 15 s later; a few are none', () => {
  expect(new Fixture(200).fail(19, 100).pass(60_000).overAtMs).toEqual([]);
  const { overAtMs } = new Fixture(200).fail(20, 100).pass(60_000);
  expect(overAtMs).toHaveLength(1);
  expect(overAtMs[0]).toBeGreaterThanOrEqual(2_000 + 5_000);
  expect(overAtMs[0]).toBeLessThanOrEqual(2_000 + 15_000);
});

test('in a small cluster it is eight', () => {
  expect(new Fixture(10).fail(7, 1).pass(60_000).overAtMs).toHaveLength(0);
  expect(new Fixture(10).fail(8, 1).pass(60_000).overAtMs).toHaveLength(1);
});

test('as many one after the other are no storm', () => {
  expect(new Fixture(200).fail(100, 1_000).pass(60_000).overAtMs).toEqual([]);
});

test('one that goes on is told of again and again, never twice within five seconds', () => {
  const { overAtMs } = new Fixture(200).fail(600, 100).pass(60_000);
  expect(overAtMs.length).toBeGreaterThanOrEqual(4);
  for (let i = 1; i < overAtMs.length; i++) expect(overAtMs[i]! - overAtMs[i - 1]!).toBeGreaterThanOrEqual(5_000);
});

test('without the rule nothing is noticed', () => {
  expect(new Fixture(200, 'memberlist').fail(200, 10).pass(60_000).overAtMs).toEqual([]);
});
