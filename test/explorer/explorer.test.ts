/**
 * The rules of the shared map, played through by chance: crashes, restarts with old disks, partitions, messages cut,
 * late, lost and repeated, skewed clocks, and deletions forgotten at any moment. First with answers that are handed over
 * as they are, then with real sessions, each message of which goes through the codec and has its own fate.
 *
 *   HEARSAY_EXPLORE=1000000 npm test -- explorer                 as many schedules
 *   HEARSAY_EXPLORE_SEED=4711 npm test -- explorer               beginning with this seed
 */
import { expect, test } from 'vitest';
import { allRules, type MergeRules } from '../../packages/hearsay/src/kv/rules.ts';
import { describe as describeFinding, explore, shrink } from './explore.ts';
import type { Tamper, WireShape } from './wire.ts';

const scheduleCount = Number(process.env.HEARSAY_EXPLORE ?? 20_000);
const firstSeed = Number(process.env.HEARSAY_EXPLORE_SEED ?? 1);

test(
  'no schedule brings back what was deleted, loses a write, shows older values or leaves nodes apart',
  () => {
    const finding = explore(allRules, firstSeed, scheduleCount);
    const trace = finding === undefined ? '' : describeFinding(shrink(finding, allRules));
    expect(trace).toBe('');
  },
  scheduleCount * 5,
);

// A schedule of sessions costs about eight times as much.
const sessionScheduleCount = Math.ceil(scheduleCount / 8);

test.each<WireShape>(['packets', 'frames'])(
  'nor does any schedule of sessions whose entries come in %s',
  (shape) => {
    const finding = explore(allRules, firstSeed, sessionScheduleCount, { shape });
    const trace = finding === undefined ? '' : describeFinding(shrink(finding, allRules, { shape }));
    expect(trace).toBe('');
  },
  sessionScheduleCount * 40,
);

// R6 is kept by the sessions themselves, and one half of R2 by both sides: no weakened rule can be seen there.
const isLastOfAll: Tamper = (message) => (message.type === 'delta' ? { ...message, piece: 0, pieceCount: 1 } : message);

test.each<[string, Partial<MergeRules>, Tamper | undefined]>([
  ['R1: coverage is taken after the first piece', {}, isLastOfAll],
  ['R2: who is behind takes a delta', { behindResyncs: false }, undefined],
  ['R3: a resync merges what the other side has seen die', { resyncIsCausal: false }, undefined],
  ['R4: what may have been deleted keeps its stamp', { ambiguous: 'keep' }, undefined],
  ['R5: rumors below the floor are taken', { floorBindsRumors: false }, undefined],
])('the explorer notices in sessions without %s', (_, weakening, tamper) => {
  const rules = { ...allRules, ...weakening };
  const wire = { shape: 'packets', ...(tamper !== undefined && { tamper }) } as const;
  const finding = explore(rules, 1, 20_000, wire)!;
  expect(finding).toBeDefined();
  expect(shrink(finding, rules, wire).schedule.moves.length).toBeLessThanOrEqual(15);
});

test.each<[string, Partial<MergeRules>]>([
  ['R1: coverage is taken before all entries are there', { coverageWaitsForAll: false }],
  ['R2: who is behind takes a delta', { behindResyncs: false }],
  ['R2: who is behind is listened to', { behindIsNotHeard: false }],
  ['R3: a resync merges what the other side has seen die', { resyncIsCausal: false }],
  ['R4: what may have been deleted keeps its stamp', { ambiguous: 'keep' }],
  ['R4: what may have been deleted is dropped', { ambiguous: 'drop' }],
  ['R5: rumors below the floor are taken', { floorBindsRumors: false }],
  ['R6: answers are taken whatever was asked', { answersBind: false }],
])('the explorer notices without %s', (_, weakening) => {
  const rules = { ...allRules, ...weakening };
  const finding = explore(rules, 1, 100_000)!;
  expect(finding).toBeDefined();
  const shortest = shrink(finding, rules);
  expect(shortest.schedule.moves.length).toBeLessThanOrEqual(15);
  expect(describeFinding(shortest)).toContain(`${finding.violation} (seed ${finding.seed})`);
});
