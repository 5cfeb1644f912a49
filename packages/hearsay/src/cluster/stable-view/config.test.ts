import { expect, test } from 'vitest';
import { checkStableView, stableViewDefaults, type StableViewConfig } from './config.ts';

const refused: readonly (readonly [Partial<StableViewConfig>, RegExp])[] = [
  [{ quietMs: 0 }, /quietMs is 0, it must be from 1/],
  [{ quietMs: 20_000 }, /capMs is 10000, it must not be shorter than quietMs, 20000/],
  [{ capMs: 70_000 }, /memoryMs is 60000, it must not be shorter than capMs, 70000/],
  [{ lowMark: 5 }, /highMark is 5, it must be above lowMark, 5/],
  [{ highMark: 65 }, /highMark is 65, it must be from 2 to 64/],
  [{ lowMark: 1.5 }, /lowMark is 1.5, it must be a whole number/],
  [{ quiet: 1 } as Partial<StableViewConfig>, /quiet is no option of stableView/],
];

test.each(refused)('%o is refused', (changes, message) => {
  expect(() => checkStableView(changes, 1_000)).toThrow(message);
});

test('times follow the protocol period', () => {
  expect(checkStableView({ lowMark: 3 }, 5_000)).toEqual({ ...stableViewDefaults(5_000), lowMark: 3 });
  expect(stableViewDefaults(5_000)).toMatchObject({ quietMs: 5_000, capMs: 50_000, memoryMs: 300_000 });
});
