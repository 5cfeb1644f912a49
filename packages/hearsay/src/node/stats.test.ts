import { expect, test } from 'vitest';
import type { ClusterViews } from '../views/index.ts';
import { summarizeViews } from './stats.ts';

function group(live: string, names: readonly string[], isOurs: boolean): ClusterViews['groups'][number] {
  const counts = { alive: 0, suspect: 0, failed: 0, left: 0 };
  const members = names.map((name) => ({ name, ageMs: 0, sequence: 0, counts, all: live }));
  return { live, liveCount: 0, isOurs, members, differs: undefined };
}

test('views in numbers: ours is counted whether it is the largest or not, and its fingerprint is a number of its own', () => {
  const groups = [group('ffffffffffffffff', ['b', 'c', 'd'], false), group('0123456789abcdef', ['a', 'e'], true)];
  const silent = [{ name: 'x', reason: 'stock' as const }];
  expect(summarizeViews({ groups, silent, isAgreed: false })).toEqual({
    distinct: 2,
    same: 2,
    other: 3,
    untold: 1,
    fingerprint: 0x0123456789abc,
  });
  const largest = summarizeViews({ groups: [group('ffffffffffffffff', ['a'], true)], silent: [], isAgreed: true });
  expect(Number.isSafeInteger(largest.fingerprint)).toBe(true);
});
