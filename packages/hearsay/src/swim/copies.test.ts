import { expect, test } from 'vitest';
import { SeededRng } from '../util/index.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { swimPresets } from './config.ts';
import { Copies } from './copies.ts';
import { MemberList } from './member-list.ts';
import { Member } from './member.ts';
import { checkSwimRules, type RuleSetName, type SwimRules } from './rules.ts';
import { SwimStats } from './stats.ts';

const memberCount = 1_000;
/** Of the rules of memberlist, at that size. */
const usual = 16;
/** With a ring. */
const atRest = 12;

class Bench {
  readonly stats: SwimStats = new SwimStats();
  readonly queue: BroadcastQueue = new BroadcastQueue(() => this.copies.limit(this.queue));
  readonly copies: Copies;

  constructor(rules: RuleSetName | Partial<SwimRules>, count: number = memberCount) {
    const members = new MemberList('n0', new SeededRng(1));
    for (let i = 0; i < count; i++) members.add(new Member(`n${i}`));
    this.copies = new Copies({ config: swimPresets.lan, rules: checkSwimRules(rules), members, stats: this.stats });
  }

  lose(savedByStream: number): this {
    this.stats.probesAcked += 100;
    this.stats.probesSavedByStream += savedByStream;
    return this;
  }

  /** So many rumors of 100 bytes. */
  queueRumors(count: number): this {
    for (let i = 0; i < count; i++) this.queue.queueNamed(`n${i}`, new Uint8Array(100));
    return this;
  }

  get limit(): number {
    return this.copies.limit(this.queue);
  }
}

test('without the rule it is by the size of the cluster alone', () => {
  expect(new Bench('memberlist').lose(75).queueRumors(5_000).limit).toBe(usual);
});

test('at rest and where nothing is lost it is as ever, with a ring three quarters of that', () => {
  expect(new Bench('sharp').limit).toBe(atRest);
  expect(new Bench('sharp').lose(0).queueRumors(10).limit).toBe(atRest);
  expect(new Bench({ ringGossip: false }).lose(0).limit).toBe(usual);
});

test('lost copies are made up for, up to three times as many', () => {
  expect(new Bench('sharp').lose(75).limit).toBe(3 * usual);
  expect(new Bench('sharp').lose(100).limit).toBe(3 * usual);
  expect(new Bench('sharp').lose(36).limit).toBe(25);
  expect(new Bench({ ringGossip: false }).lose(36).limit).toBe(25);
  // One in a hundred is nothing to speak of.
  expect(new Bench('sharp').lose(2).limit).toBe(atRest);
});

test('the more waits the fewer copies, down to one round with a ring and to the logarithm and one without', () => {
  const limits = [50, 100, 200, 400, 1_000, 5_000].map((count) => new Bench('sharp').queueRumors(count).limit);
  expect(limits[0]).toBe(atRest);
  expect(limits).toEqual(limits.toSorted((a, b) => b - a));
  expect(limits.at(-1)).toBe(3);
  expect(new Bench({ ringGossip: false }).queueRumors(5_000).limit).toBe(8);
});

test('a ring leaves out somebody where packets get lost, so then it is by the logarithm too, and as many as are lost more', () => {
  expect(new Bench('sharp').lose(75).queueRumors(5_000).limit).toBe(16);
  expect(new Bench('sharp').lose(2).queueRumors(5_000).limit).toBe(3);
});

test('one packet to each carries less than many do, so copies fall sooner', () => {
  expect(new Bench({ adaptiveGossip: false }).queueRumors(30).limit).toBe(5);
  expect(new Bench('sharp').queueRumors(30).limit).toBe(atRest);
});

test('some rumors may be sent less often still where a ring leaves out nobody, and there is something to save', () => {
  expect(new Bench('sharp').copies.saving).toBe(0.75);
  expect(new Bench('sharp').lose(2).copies.saving).toBe(0.75);
  expect(new Bench('sharp').lose(36).copies.saving).toBe(1);
  expect(new Bench({ ringGossip: false }).copies.saving).toBe(1);
  expect(new Bench({ adaptiveCopies: false }).copies.saving).toBe(1);
  expect(new Bench('sharp', 32).copies.saving).toBe(1);
});
