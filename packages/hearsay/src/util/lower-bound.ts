/** The first index below `count` for which `compare`, which ascends, is not negative; `count` when there is none. */
export function lowerBound(count: number, compare: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(middle) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
