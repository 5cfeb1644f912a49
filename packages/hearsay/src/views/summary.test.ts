import { expect, test } from 'vitest';
import { summarizeViews } from './summary.ts';

test('members are counted by whether they believe the same as this one, which has a number of its own', () => {
  const [ours, second, third] = ['0123456789abcdef', 'ffffffffffffffff', '0123456789abcdee'];
  expect(summarizeViews(ours, [second, ours, undefined, second, third])).toEqual({
    distinct: 3,
    same: 2,
    other: 3,
    untold: 1,
    fingerprint: 0x0123456789abc,
  });
  expect(summarizeViews(ours, [])).toMatchObject({ distinct: 1, same: 1, other: 0, untold: 0 });
  expect(Number.isSafeInteger(summarizeViews(second, []).fingerprint)).toBe(true);
});
