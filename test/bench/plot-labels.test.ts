import { expect, test } from 'vitest';
import { placeLabels, type Place } from '../../bench/lib/plot-labels.mjs';

const area = { left: 0, right: 400, top: 0, bottom: 300 };
const text = 'a=5 b=6';

function placed(points: readonly Place[]): Place[] {
  return placeLabels(
    points.map((point) => ({ ...point, text })),
    points.map((point) => ({ ...point, size: 7 })),
    area,
  );
}

/** Whether two labels of this text, with their middles there, cover each other. */
function doOverlap(a: Place, b: Place): boolean {
  return Math.abs(a.x - b.x) < text.length * 6 && Math.abs(a.y - b.y) < 12;
}

test('a label with room stands to the right of its point', () => {
  const [label] = placed([{ x: 100, y: 100 }]);
  expect(label!.y).toBe(100);
  expect(label!.x).toBeGreaterThan(120);
});

test('at the edge it stands where it is seen', () => {
  expect(placed([{ x: 395, y: 100 }])[0]!.x).toBeLessThan(370);
});

test('labels of points that crowd, or are the same, are all there and do not cover each other', () => {
  const points = [0, 0, 9, 11, 20, 31].map((down, index) => ({ x: 200 + 4 * (index % 2), y: 100 + down }));
  const labels = placed(points);
  expect(labels).toHaveLength(points.length);
  const pairs = labels.flatMap((a, index) => labels.slice(index + 1).map((b) => [a, b] as const));
  expect(pairs.filter(([a, b]) => doOverlap(a, b))).toEqual([]);
});
