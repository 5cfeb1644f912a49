import { expect, test } from 'vitest';
import { functionTable } from '../../../../test/support/vectors.ts';
import { Awareness } from './awareness.ts';

interface Row {
  readonly delta: number;
  readonly max_multiplier: number;
  readonly score_after: number;
  readonly scaled_1s_ns: number;
}

test('the score and the scaled timeout follow the reference through every sequence', () => {
  const awarenessOf = new Map<number, Awareness>();
  for (const row of functionTable<Row>('awareness_sequences')) {
    const awareness = awarenessOf.get(row.max_multiplier) ?? new Awareness(row.max_multiplier);
    awarenessOf.set(row.max_multiplier, awareness);
    awareness.adjust(row.delta);
    expect(awareness.score).toBe(row.score_after);
    expect(awareness.scaleTimeoutMs(1_000)).toBe(row.scaled_1s_ns / 1e6);
  }
  expect([...awarenessOf.keys()]).toEqual([1, 2, 8]);
});

test('a node that is well scales nothing', () => {
  expect(new Awareness(8).scaleTimeoutMs(1_000)).toBe(1_000);
});
