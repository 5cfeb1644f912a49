/** Where names of points stand in a plot: beside their points, and on nothing else where there is room. */

/** As wide as letters of Helvetica and its like get at 11 px. */
const letterWidth = 6.5;
const lineHeight = 13;
const gap = 3;
const rounds = 20;

/**
 * The middle of each label, in pixels. None is left out: where all places are taken, the least bad one is.
 *
 * @param {readonly { x: number, y: number, text: string }[]} labels with the point that each belongs to
 * @param {readonly { x: number, y: number, size: number }[]} symbols all points, those with labels included
 * @param {{ left: number, right: number, top: number, bottom: number }} area which they should not leave
 * @returns {{ x: number, y: number }[]}
 */
export function placeLabels(labels, symbols, area) {
  const taken = symbols.map(({ x, y, size }) => boxAround({ x, y }, size, size));
  const choices = labels.map((label) => placesOf(label));
  const chosen = labels.map(() => 0);
  const boxOf = (index, choice) =>
    boxAround(choices[index][choice], labels[index].text.length * letterWidth, lineHeight);
  const costOf = (index, choice) => {
    const box = boxOf(index, choice);
    const others = labels.flatMap((_, other) => (other === index ? [] : [boxOf(other, chosen[other])]));
    const covered = [...taken, ...others].reduce((sum, other) => sum + overlap(box, other), 0);
    const outside = (box.right - box.left) * (box.bottom - box.top) - overlap(box, area);
    // Of places that are as free, the first.
    return covered + outside + choice / 100;
  };
  for (let round = 0; round < rounds; round++) {
    const before = chosen.join();
    for (const [index, places] of choices.entries()) {
      const costs = places.map((_, choice) => costOf(index, choice));
      chosen[index] = costs.indexOf(Math.min(...costs));
    }
    if (chosen.join() === before) break;
  }
  return choices.map((places, index) => places[chosen[index]]);
}

/** Right, left, above and below the point, then between these, then the same further away. */
function placesOf({ x, y, text }) {
  const halfWidth = (text.length * letterWidth) / 2;
  return [8, 14, 22].flatMap((reach) => {
    const [aside, above] = [reach + gap + halfWidth, reach + lineHeight / 2];
    const directions = [
      [1, 0],
      [-1, 0],
      [0, -1],
      [0, 1],
      [1, -0.6],
      [1, 0.6],
      [-1, -0.6],
      [-1, 0.6],
    ];
    return directions.map(([right, down]) => ({ x: x + right * aside, y: y + down * above }));
  });
}

function boxAround({ x, y }, width, height) {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

/** In square pixels. */
function overlap(a, b) {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}
