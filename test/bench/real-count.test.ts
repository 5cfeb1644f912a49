import { expect, test } from 'vitest';
import { detection, falsePositives, type RealEvent } from '../../bench/real/count.mjs';

/** `10 a failed b`: at 10 ms a said so of b. */
function eventsOf(...lines: readonly string[]): RealEvent[] {
  return lines.map((line) => {
    const [atMs, by, type, about] = line.split(' ') as [string, string, RealEvent['type'], string];
    return { atMs: Number(atMs), by, type, about };
  });
}

test('every event about a member that was well is wrong, whoever says it, and as often as it is said', () => {
  const events = eventsOf(
    '1 sick suspect well',
    '2 sick failed well',
    '3 well failed other',
    '4 sick failed well',
    '5 well suspect sick',
    '6 well failed sick',
    '7 other up well',
  );
  expect(falsePositives(events, new Set(['sick']))).toEqual({ falseSuspicions: 1, falsePositives: 3, atHealthy: 1 });
});

test('a failure is detected first by whoever is first, and by all when the last healthy one has', () => {
  const events = eventsOf(
    '90 a failed victim',
    '120 a suspect victim',
    '140 sick failed victim',
    '150 b failed victim',
    '160 a failed victim',
    '170 a failed victim',
    '180 b failed other',
  );
  const found = { suspectedMs: 20, firstMs: 50, fullMs: 60 };
  expect(detection(events, 'victim', ['a', 'b'], 100)).toEqual(found);
  expect(detection(events, 'victim', ['a', 'b', 'c'], 100)).toEqual({ ...found, fullMs: undefined });
});

test('what nobody detects has no time', () => {
  expect(detection([], 'victim', ['a'], 0)).toEqual({ suspectedMs: undefined, firstMs: undefined, fullMs: undefined });
});
