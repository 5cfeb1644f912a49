import type { MemberReport } from 'hearsay';
import { expect, test } from 'vitest';
import { worstFirst } from './agent-status.ts';

function report(name: string, more: Partial<MemberReport> = {}): MemberReport {
  return { name, state: 'alive', stateForMs: 60_000, why: '', rttMs: 1, lagMs: 0, isOurs: true, ...more };
}

test('members in doubt come before those that are gone, and the latest news first; then who is late, odd or far away', () => {
  const sorted = [
    report('late', { lagMs: 9_000 }),
    report('odd', { why: 'acked over TCP only' }),
    report('far', { rttMs: 200 }),
    report('near-b', { lagMs: 300 }),
    report('near-c'),
    report('left', { state: 'left' }),
  ];
  const gone = [
    report('suspect', { state: 'suspect', stateForMs: 9_000 }),
    report('failed-now', { state: 'failed', stateForMs: 1_000 }),
    report('failed-before', { state: 'failed' }),
    report('failed-ever', { state: 'failed', stateForMs: undefined }),
    report('leaving', { state: 'leaving' }),
  ];
  const expected = [...gone, ...sorted].map(({ name }) => name);
  expect(
    [...sorted, ...gone]
      .toReversed()
      .toSorted(worstFirst)
      .map(({ name }) => name),
  ).toEqual(expected);
});
