/**
 * The rules of the shared map, played through by chance: crashes, restarts with old disks, partitions, messages cut,
 * late, lost and repeated, skewed clocks, and deletions forgotten at any moment.
 *
 *   HEARSAY_EXPLORE=1000000 npm test -- explorer                 as many schedules
 *   HEARSAY_EXPLORE_SEED=4711 npm test -- explorer               beginning with this seed
 */
import { expect, test } from 'vitest';
import { allRules, type MergeRules } from '../../packages/hearsay/src/kv/rules.ts';
import { describe as describeFinding, explore, shrink } from './explore.ts';

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
