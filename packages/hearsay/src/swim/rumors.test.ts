import { expect, test } from 'vitest';
import { StepClock } from '../util/index.ts';
import type { Alive, Suspect } from '../wire/index.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { checkSwimRules, type RuleSetName, type SwimRules } from './rules.ts';
import { Rumors, type Haste } from './rumors.ts';

class Bench {
  readonly clock: StepClock = new StepClock();
  readonly queue: BroadcastQueue = new BroadcastQueue(() => 9);
  readonly hastes: Haste[] = [];
  readonly rumors: Rumors;

  constructor(rules: RuleSetName | Partial<SwimRules> = 'sharp', saving: number = 0.75) {
    const { queue, clock } = this;
    this.rumors = new Rumors({
      queue,
      rules: checkSwimRules(rules),
      copies: { saving },
      clock,
      onQueued: (haste) => this.hastes.push(haste),
    });
  }
}

const alive: Alive = { incarnation: 2, node: 'a', addr: null, port: 0, meta: null, vsn: null };
const suspect: Suspect = { incarnation: 2, node: 'a', from: 'b' };

test('a change is prompt and a death urgent', () => {
  const { rumors, hastes, queue } = new Bench();
  rumors.spreadAlive(alive);
  rumors.spreadSuspect(suspect);
  rumors.spreadDead(suspect);
  expect(hastes).toEqual(['prompt', 'prompt', 'urgent']);
  expect(queue.pressingCount).toBe(1);
});

test('the return of a member from death is prompt, and all that is said of it within a minute patient', () => {
  const { rumors, hastes, queue, clock } = new Bench();
  rumors.spreadReturn(alive);
  rumors.spreadSuspect(suspect);
  rumors.spreadDead(suspect);
  rumors.spreadReturn(alive);
  expect(queue.pressingCount).toBe(0);
  rumors.spreadSuspect({ ...suspect, node: 'other' });
  expect(queue.pressingCount).toBe(1);
  clock.advanceTo(59_999);
  rumors.spreadDead(suspect);
  clock.advanceTo(60_000);
  rumors.spreadDead(suspect);
  expect(hastes).toEqual(['prompt', 'patient', 'patient', 'patient', 'prompt', 'patient', 'urgent']);
});

test('a refutation of a suspicion is patient', () => {
  const { rumors, hastes } = new Bench();
  rumors.spreadRefutation(alive);
  expect(hastes).toEqual(['patient']);
});

/** How often what `spread` queues is sent, of nine times that others are: the part `saving` of what memberlist would send. */
function copiesOf(rules: RuleSetName | Partial<SwimRules>, saving: number, spread: (rumors: Rumors) => void): number {
  const { rumors, queue } = new Bench(rules, saving);
  spread(rumors);
  let count = 0;
  while (queue.take(0, 1_000, []) > 0) count += 1;
  return count;
}

test.each<[string, (rumors: Rumors) => void, number, number]>([
  ['an accusation', (rumors) => rumors.spreadSuspect(suspect), 9, 3],
  ['a confirmation', (rumors) => rumors.spreadConfirmation(suspect), 5, 2],
  ['a denial', (rumors) => rumors.spreadRefutation(alive), 9, 3],
  ['a death', (rumors) => rumors.spreadDead(suspect), 9, 12],
  ['a change', (rumors) => rumors.spreadAlive(alive), 9, 9],
  ['the first return from death', (rumors) => rumors.spreadReturn(alive), 9, 9],
  ['the next one', (rumors) => (rumors.spreadReturn(alive), rumors.spreadReturn(alive)), 9, 3],
])('%s is sent as often as it has to be', (_, spread, usual, whereSaved) => {
  expect(copiesOf('sharp', 1, spread)).toBe(usual);
  expect(copiesOf('sharp', 0.75, spread)).toBe(whereSaved);
  expect(copiesOf('memberlist', 1, spread)).toBe(9);
});

test('an accusation and a denial are as many as ever when nobody asks a suspect again', () => {
  expect(copiesOf({ reassertion: false }, 0.75, (rumors) => rumors.spreadSuspect(suspect))).toBe(9);
  expect(copiesOf({ reassertion: false }, 0.75, (rumors) => rumors.spreadRefutation(alive))).toBe(9);
  expect(copiesOf({ reassertion: false }, 0.75, (rumors) => rumors.spreadConfirmation(suspect))).toBe(2);
});

test('a rumor that fits into no packet is not queued, and counts as dropped', () => {
  const { rumors, hastes, queue } = new Bench();
  let doneCount = 0;
  rumors.spreadAlive({ ...alive, meta: new Uint8Array(1_400) }, () => (doneCount += 1));
  rumors.spreadDead({ ...suspect, from: 'x'.repeat(1_400) }, () => (doneCount += 1));
  expect([queue.count, queue.droppedCount, doneCount]).toEqual([0, 2, 2]);
  expect(hastes).toEqual([]);
});
