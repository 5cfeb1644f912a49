import { expect } from 'vitest';
import { lastCovered } from '../../packages/hearsay/src/kv/coverage.ts';
import type { EntryBase } from '../../packages/hearsay/src/kv/entry.ts';
import type { SavedState } from '../../packages/hearsay/src/kv/kv-state.ts';

/** A saved state without what depends on the order of maps or on the time at which it was taken. */
export function comparable(saved: SavedState | undefined): unknown {
  if (saved === undefined) return undefined;
  const { own, shared, owned } = saved;
  return {
    own,
    // A stream of which nothing is covered may be listed or not.
    rows: sorted(shared.rows).filter(([, row]) => lastCovered(row) > 0 || row.gcLine > 0),
    owners: sorted(shared.owners),
    retired: shared.retired.toSorted(),
    floor: shared.floor,
    lastStamp: shared.lastStamp,
    entries: shared.entries.map(ageless).toSorted(byKey),
    owned: owned.streams
      .map(({ owner, row, entries }) => ({ owner, row, entries: entries.map(ageless).toSorted(byKey) }))
      .toSorted((a, b) => (a.owner.node < b.owner.node ? -1 : 1)),
  };
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function byKey(a: { key: string }, b: { key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function ageless(entry: EntryBase): Omit<EntryBase, 'ageMs'> {
  const { ageMs, ...rest } = entry;
  expect(ageMs).toBeLessThanOrEqual(entry.ttlMs);
  return rest;
}
